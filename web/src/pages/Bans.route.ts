import { Ban } from '@lucide/vue'
import { definePage } from '@/shell/routes'

export default definePage({
  path: '/filtering/bans',
  name: 'bans',
  title: 'access.bans.title',
  page: () => import('./Bans.vue'),
  words: ['access'],
  nav: { section: 'filtering', order: 20, icon: Ban },
})
