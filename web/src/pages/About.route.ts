import { definePage } from '@/shell/routes'

export default definePage({ path: '/about', name: 'about', title: 'about.title', page: () => import('./About.vue'), roles: ['system', 'domains', 'user'] })
