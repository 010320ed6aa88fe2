import { definePage } from '@/shell/routes'

export default definePage({ path: '/:path(.*)*', name: 'not-found', title: 'notfound.title', page: () => import('./NotFound.vue'), words: ['notfound'], roles: ['system', 'domains', 'user'] })
