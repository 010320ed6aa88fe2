import { definePage } from '@/shell/routes'

export default definePage({ path: '/about', name: 'about', title: 'about.title', page: () => import('./About.vue'), words: ['about'], roles: ['system', 'domains', 'user'] })
