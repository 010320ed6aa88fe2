import { Bug } from '@lucide/vue'
import { keysOf, type SettingsGroup } from '@/kit/settingsform'
import { definePage } from '@/shell/routes'

export const groups: readonly SettingsGroup[] = [
  { title: 'virus.group.external', text: 'virus.group.externalText', keys: ['external_check', 'external_command', 'external_infected'], advanced: ['external_timeout_s', 'external_when_failing'] },
  { title: 'virus.group.clamd', text: 'virus.group.clamdText', keys: ['virus_check', 'clamd_address', 'virus_files', 'virus_unscanned'], advanced: ['virus_depth', 'virus_size_octets', 'virus_timeout_s', 'virus_when_down'] },
  { title: 'virus.group.actions', keys: ['virus_alert_to', 'virus_quarantine_to', 'virus_quarantine_in', 'virus_quarantine_out', 'virus_notify_sender', 'virus_notify_recipient', 'virus_disinfect', 'virus_strangers'] },
  { title: 'virus.group.quarantine', keys: ['quarantine_days', 'quarantine_octets', 'quarantine_messages'] },
]

export default definePage({
  path: '/filtering/virus',
  name: 'virus',
  title: 'virus.title',
  page: () => import('./Virus.vue'),
  words: ['virus'],
  nav: { section: 'filtering', order: 50, icon: Bug },
  settings: keysOf(groups),
})
