import { Send } from '@lucide/vue'
import { keysOf, type SettingsGroup } from '@/kit/settingsform'
import { definePage } from '@/shell/routes'

export const groups: readonly SettingsGroup[] = [
  { title: 'system.smtp.checks', keys: ['vrfy', 'reverse_dns_needed', 'sender_domain_needed'] },
  { title: 'system.smtp.authentication', keys: ['sending_authentication', 'pop_before_smtp_minutes', 'smtp_auth', 'local_sender_needed'] },
  { title: 'system.smtp.connections', keys: ['smtp_port', 'smtp_timeout_minutes'], advanced: ['smtp_dns_timeout_s', 'smtp_connections', 'connections_per_address'] },
  { title: 'system.smtp.limits', keys: ['session_octets', 'session_messages', 'message_limit_octets'] },
  { title: 'system.smtp.tarpit', keys: ['tarpit_on', 'tarpit_recipients', 'tarpit_minutes'], advanced: ['trap_ban_days'] },
]

export default definePage({
  path: '/system/smtp',
  name: 'system-smtp',
  title: 'system.smtp.title',
  page: () => import('./SystemSmtp.vue'),
  words: ['system'],
  nav: { section: 'system', order: 20, icon: Send },
  settings: keysOf(groups),
})
