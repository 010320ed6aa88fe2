import { Mails } from '@lucide/vue'
import { definePage } from '@/shell/routes'

export default definePage({
  path: '/queue',
  name: 'queue',
  title: 'queue.title',
  page: () => import('./Queue.vue'),
  words: ['mail', 'queue'],
  nav: { section: 'main', order: 20, icon: Mails, badge: 'queue', key: 'q' },
})
