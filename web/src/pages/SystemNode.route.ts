import { Database, FolderTree } from '@lucide/vue'
import { definePages } from '@/shell/routes'

export default definePages([
  { path: '/system/local', name: 'system-local', title: 'local.title', page: () => import('./SystemLocal.vue'), words: ['findings', 'local'], nav: { section: 'system', order: 100, icon: FolderTree } },
  { path: '/system/database', name: 'system-database', title: 'local.database.title', page: () => import('./SystemDatabase.vue'), words: ['local'], nav: { section: 'system', order: 110, icon: Database } },
])
