import { definePage } from '@/shell/routes'

export default definePage({ path: '/login', name: 'login', title: 'login.title', page: () => import('./Login.vue'), isPublic: true })
