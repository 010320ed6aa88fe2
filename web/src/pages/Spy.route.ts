import { Radar } from '@lucide/vue'
import { definePage } from '@/shell/routes'

export default definePage({ path: '/spy', name: 'spy', title: 'spy.title', page: () => import('./Spy.vue'), words: ['spy'], nav: { section: 'main', order: 15, icon: Radar, key: 's' } })
