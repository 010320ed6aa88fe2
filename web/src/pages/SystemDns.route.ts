import { Globe } from '@lucide/vue'
import { keysOf, type SettingsGroup } from '@/kit/settingsform'
import { definePage } from '@/shell/routes'

export const groups: readonly SettingsGroup[] = [
  { title: 'system.dns.servers', keys: ['name_servers'] },
]

export default definePage({
  path: '/system/dns',
  name: 'system-dns',
  title: 'system.dns.title',
  page: () => import('./SystemDns.vue'),
  words: ['system'],
  nav: { section: 'system', order: 50, icon: Globe },
  settings: keysOf(groups),
})
