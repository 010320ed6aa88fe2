import { ListChecks } from '@lucide/vue'
import { definePage } from '@/shell/routes'

export default definePage({
  path: '/check',
  name: 'findings',
  title: 'findings.title',
  page: () => import('./Findings.vue'),
  words: ['findings'],
  nav: { section: 'tools', order: 10, icon: ListChecks },
})
