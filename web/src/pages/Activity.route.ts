import { Activity } from '@lucide/vue'
import { definePage } from '@/shell/routes'

export default definePage({ path: '/activity', name: 'activity', title: 'activity.title', page: () => import('./Activity.vue'), words: ['activity', 'spy'], nav: { section: 'main', order: 10, icon: Activity, key: 'a' } })
