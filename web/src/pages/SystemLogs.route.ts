import { ScrollText } from '@lucide/vue'
import { keysOf, type SettingsGroup } from '@/kit/settingsform'
import { definePage } from '@/shell/routes'

export const groups: readonly SettingsGroup[] = [
  { title: 'system.logs.files', keys: ['log_form', 'log_keep_days'] },
  { title: 'system.logs.smtp', keys: ['smtp_log_rate', 'smtp_log_events', 'smtp_log_content_until'] },
  { title: 'system.logs.queue', keys: ['queue_log_rate', 'queue_log_events'] },
  { title: 'system.logs.pop', keys: ['pop_log_rate', 'pop_log_events'] },
  { title: 'system.logs.imap', keys: ['imap_log_rate', 'imap_log_events'] },
]

export default definePage({
  path: '/system/logs',
  name: 'system-logs',
  title: 'system.logs.title',
  page: () => import('./SystemLogs.vue'),
  words: ['system'],
  nav: { section: 'system', order: 60, icon: ScrollText },
  settings: keysOf(groups),
})
