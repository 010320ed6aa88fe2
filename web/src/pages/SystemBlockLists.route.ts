import { ListX } from '@lucide/vue'
import { keysOf, type SettingsGroup } from '@/kit/settingsform'
import { definePage } from '@/shell/routes'

export const groups: readonly SettingsGroup[] = [
  { title: 'system.blocklists.lists', keys: ['dnsbl_on', 'dnsbl_zones'] },
]

export default definePage({
  path: '/system/block-lists',
  name: 'system-block-lists',
  title: 'system.blocklists.title',
  page: () => import('./SystemBlockLists.vue'),
  words: ['access', 'system'],
  nav: { section: 'system', order: 90, icon: ListX },
  settings: keysOf(groups),
})
