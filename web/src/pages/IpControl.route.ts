import { ShieldCheck } from '@lucide/vue'
import { definePage } from '@/shell/routes'

export default definePage({
  path: '/filtering/ip-control',
  name: 'ip-control',
  title: 'access.ip.title',
  page: () => import('./IpControl.vue'),
  words: ['access'],
  nav: { section: 'filtering', order: 10, icon: ShieldCheck },
})
