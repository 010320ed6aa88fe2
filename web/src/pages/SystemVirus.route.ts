import { ShieldCheck } from '@lucide/vue'
import { keysOf, type SettingsGroup } from '@/kit/settingsform'
import { definePage } from '@/shell/routes'

export const groups: readonly SettingsGroup[] = [
  { title: 'system.virus.clamd', keys: ['virus_check', 'clamd_address', 'virus_files', 'virus_unscanned'], advanced: ['virus_depth', 'virus_size_octets', 'virus_timeout_s', 'virus_when_down'] },
  { title: 'system.virus.external', keys: ['external_check', 'external_command', 'external_infected'], advanced: ['external_timeout_s', 'external_when_failing'] },
  { title: 'system.virus.actions', keys: ['virus_alert_to', 'virus_quarantine_to', 'virus_quarantine_in', 'virus_quarantine_out', 'virus_notify_sender', 'virus_notify_recipient', 'virus_disinfect', 'virus_strangers'] },
  { title: 'system.virus.quarantine', keys: ['quarantine_days', 'quarantine_octets', 'quarantine_messages'] },
]

export default definePage({
  path: '/system/virus',
  name: 'system-virus',
  title: 'system.virus.title',
  page: () => import('./SystemVirus.vue'),
  words: ['system'],
  nav: { section: 'system', order: 70, icon: ShieldCheck },
  settings: keysOf(groups),
})
