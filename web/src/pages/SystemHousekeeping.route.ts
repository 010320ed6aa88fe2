import { BrushCleaning } from '@lucide/vue'
import { keysOf, type SettingsGroup } from '@/kit/settingsform'
import { definePage } from '@/shell/routes'

export const groups: readonly SettingsGroup[] = [
  { title: 'system.housekeeping.method', keys: ['housekeeping', 'housekeeping_days'], advanced: ['housekeeping_hour', 'housekeeping_spares_flagged', 'housekeeping_way', 'audit_days'] },
]

export default definePage({
  path: '/system/housekeeping',
  name: 'system-housekeeping',
  title: 'system.housekeeping.title',
  page: () => import('./SystemHousekeeping.vue'),
  words: ['system', 'housekeeping'],
  nav: { section: 'system', order: 80, icon: BrushCleaning },
  settings: keysOf(groups),
})
