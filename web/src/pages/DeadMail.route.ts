import { MailX } from '@lucide/vue'
import { definePage } from '@/shell/routes'

export default definePage({
  path: '/dead-mail',
  name: 'dead-mail',
  title: 'deadmail.title',
  page: () => import('./DeadMail.vue'),
  words: ['deadmail', 'mail', 'queue'],
  nav: { section: 'main', order: 21, icon: MailX },
})
