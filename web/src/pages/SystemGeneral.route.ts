import { Settings2 } from '@lucide/vue'
import { keysOf, type SettingsGroup } from '@/kit/settingsform'
import { definePage } from '@/shell/routes'

export const groups: readonly SettingsGroup[] = [
  { title: 'system.general.identity', keys: ['system_name', 'hostname', 'default_domain', 'postmaster'] },
  { title: 'system.general.administration', keys: ['remote_administration', 'datamax_timeout_s'] },
  { title: 'system.general.passwords', keys: ['password_keeping', 'blank_passwords'] },
  { title: 'system.general.limits', keys: ['over_limit_notice', 'over_limit_threshold'], advanced: ['delete_grace_days'] },
  { title: 'system.general.smarthost', keys: ['smart_host_on', 'smart_host'], advanced: ['smart_host_tls', 'smart_host_user', 'smart_host_password'] },
]

export default definePage({
  path: '/system/general',
  name: 'system-general',
  title: 'system.general.title',
  page: () => import('./SystemGeneral.vue'),
  words: ['hostpassword', 'system'],
  nav: { section: 'system', order: 10, icon: Settings2 },
  settings: keysOf(groups),
})
