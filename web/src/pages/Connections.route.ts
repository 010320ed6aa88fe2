import { Cable } from '@lucide/vue'
import { definePages } from '@/shell/routes'

export default definePages([
  {
    path: '/connections',
    name: 'connections',
    title: 'access.connections.title',
    page: () => import('./Connections.vue'),
    words: ['access'],
    nav: { section: 'main', order: 60, icon: Cable, key: 'c' },
  },
  {
    path: '/connections/:address',
    name: 'connection',
    title: 'access.connections.one',
    page: () => import('./Connection.vue'),
    words: ['access'],
    parent: 'connections',
  },
])
