import { PlugZap } from '@lucide/vue'
import { definePage } from '@/shell/routes'

export default definePage({
  path: '/connected',
  name: 'connected',
  title: 'connected.title',
  page: () => import('./Connected.vue'),
  words: ['connected'],
  nav: { section: 'main', order: 61, icon: PlugZap },
})
