import { definePage } from '@/shell/routes'

export default definePage({ path: '/wizard', name: 'wizard', title: 'wizard.title', page: () => import('./Wizard.vue'), words: ['accounts', 'domains', 'hostpassword', 'mail', 'testmail', 'wizard'] })
