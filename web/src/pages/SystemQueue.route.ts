import { ListOrdered } from '@lucide/vue'
import { keysOf, type SettingsGroup } from '@/kit/settingsform'
import { definePage } from '@/shell/routes'

export const groups: readonly SettingsGroup[] = [
  { title: 'system.queue.connections', keys: ['outbound_connections', 'retry_connections'], advanced: ['queue_dns_timeout_s', 'smtp_timeout_s'] },
  { title: 'system.queue.retries', keys: ['retry_minutes', 'retries', 'resend_hours', 'resends', 'permanent_errors'], advanced: ['program_timeout_s', 'max_hops', 'longest_hold_hours'] },
  { title: 'system.queue.reports', keys: ['bounce_copies'], advanced: ['dead_mail_days', 'dead_mail_octets', 'etrn_days'] },
]

export default definePage({
  path: '/system/queue',
  name: 'system-queue',
  title: 'system.queue.title',
  page: () => import('./SystemQueue.vue'),
  words: ['system'],
  nav: { section: 'system', order: 30, icon: ListOrdered },
  settings: keysOf(groups),
})
