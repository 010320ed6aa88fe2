import { AtSign, CircleUser, Forward, KeyRound, LockKeyhole, MailCheck, MessageSquareReply, MonitorSmartphone } from '@lucide/vue'
import { definePages } from '@/shell/routes'

const roles = ['user', 'domains'] as const

export default definePages([
  { path: '/account/password', name: 'account-password', title: 'account.password.title', page: () => import('./AccountPassword.vue'), words: ['account'], nav: { section: 'account', order: 10, icon: LockKeyhole }, roles },
  { path: '/account/forwarding', name: 'account-forwarding', title: 'account.forwarding.title', page: () => import('./AccountForwarding.vue'), words: ['account'], nav: { section: 'account', order: 20, icon: Forward }, roles },
  { path: '/account/reply', name: 'account-reply', title: 'account.reply.title', page: () => import('./AccountReply.vue'), words: ['account'], nav: { section: 'account', order: 30, icon: MessageSquareReply }, roles },
  { path: '/account/aliases', name: 'account-aliases', title: 'account.aliases.title', page: () => import('./AccountAliases.vue'), words: ['account'], nav: { section: 'account', order: 40, icon: AtSign }, roles },
  { path: '/account/general', name: 'account-general', title: 'account.general.title', page: () => import('./AccountGeneral.vue'), words: ['account', 'accounts'], nav: { section: 'account', order: 42, icon: CircleUser }, roles },
  { path: '/account/test', name: 'account-test', title: 'account.test.title', page: () => import('./AccountTest.vue'), words: ['account', 'mail', 'testmail'], nav: { section: 'account', order: 45, icon: MailCheck }, roles },
  { path: '/account/sign-in', name: 'account-sign-in', title: 'security.signIn.title', page: () => import('./SignIn.vue'), words: ['security'], nav: { section: 'account', order: 50, icon: MonitorSmartphone }, roles },
  { path: '/account/keys', name: 'account-keys', title: 'security.keys.title', page: () => import('./Keys.vue'), words: ['access', 'security'], nav: { section: 'account', order: 60, icon: KeyRound }, roles },
])
