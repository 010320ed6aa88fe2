import { definePage } from '@/shell/routes'

export default definePage({ path: '/setup', name: 'setup', title: 'setup.title', page: () => import('./Setup.vue'), words: ['accounts', 'setup'], isPublic: true })
