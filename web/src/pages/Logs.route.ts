import { ScrollText } from '@lucide/vue'
import { definePage } from '@/shell/routes'

export default definePage({
  path: '/logs',
  name: 'logs',
  title: 'logs.title',
  page: () => import('./Logs.vue'),
  words: ['logs'],
  nav: { section: 'reports', order: 20, icon: ScrollText, key: 'l' },
})
