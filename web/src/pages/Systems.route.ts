import { Network } from '@lucide/vue'
import { definePage } from '@/shell/routes'

export default definePage({
  path: '/systems',
  name: 'systems',
  title: 'systems.title',
  page: () => import('./Systems.vue'),
  words: ['systems'],
  atHome: true,
  nav: { section: 'tools', order: 5, icon: Network },
})
