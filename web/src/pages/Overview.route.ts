import { LayoutDashboard } from '@lucide/vue'
import { definePage } from '@/shell/routes'

export default definePage({ path: '/', name: 'overview', title: 'overview.title', page: () => import('./Overview.vue'), words: ['activity', 'mail', 'overview', 'spy', 'testmail'], nav: { section: 'main', order: 0, icon: LayoutDashboard, key: 'o' } })
