import { ShieldAlert } from '@lucide/vue'
import { definePage } from '@/shell/routes'

export default definePage({
  path: '/filtering/quarantine',
  name: 'quarantine',
  title: 'quarantine.title',
  page: () => import('./Quarantine.vue'),
  words: ['mail', 'quarantine', 'queue'],
  nav: { section: 'filtering', order: 60, icon: ShieldAlert },
})
