import { Inbox } from '@lucide/vue'
import { keysOf, type SettingsGroup } from '@/kit/settingsform'
import { definePage } from '@/shell/routes'

export const groups: readonly SettingsGroup[] = [
  { title: 'system.popimap.pop', keys: ['offer_apop', 'apop_required', 'pop_port', 'pop_timeout_s'], advanced: ['pop_connections'] },
  { title: 'system.popimap.imap', keys: ['imap_port', 'imap_timeout_s'], advanced: ['imap_connections'] },
]

export default definePage({
  path: '/system/pop-imap',
  name: 'system-pop-imap',
  title: 'system.popimap.title',
  page: () => import('./SystemPopImap.vue'),
  words: ['system'],
  nav: { section: 'system', order: 40, icon: Inbox },
  settings: keysOf(groups),
})
