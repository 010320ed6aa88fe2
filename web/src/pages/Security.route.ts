import { History, KeyRound, MonitorSmartphone, UserCog } from '@lucide/vue'
import { definePages } from '@/shell/routes'

export default definePages([
  { path: '/security/administrators', name: 'administrators', title: 'security.administrators.title', page: () => import('./Administrators.vue'), words: ['security'], nav: { section: 'security', order: 10, icon: UserCog } },
  { path: '/security/sign-in', name: 'sign-in', title: 'security.signIn.title', page: () => import('./SignIn.vue'), words: ['security'], atHome: true, nav: { section: 'security', order: 20, icon: MonitorSmartphone } },
  { path: '/security/keys', name: 'keys', title: 'security.keys.title', page: () => import('./Keys.vue'), words: ['access', 'security'], atHome: true, nav: { section: 'security', order: 30, icon: KeyRound } },
  { path: '/security/audit', name: 'audit', title: 'security.audit.title', page: () => import('./Audit.vue'), words: ['deeds', 'security'], nav: { section: 'security', order: 40, icon: History } },
])
