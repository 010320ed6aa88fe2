// The panel docked at the bottom: pages put tabs into it (spy panes), each a component.
import { markRaw, reactive, type Component } from 'vue'

export interface DockTab {
  id: string
  title: string
  component: Component
  props?: Record<string, unknown>
  /** Told before the tab goes. */
  closed?: () => void
}

export const dock = reactive<{ tabs: DockTab[]; at: string }>({ tabs: [], at: '' })

/** Show a tab, or come back to it. */
export function openInDock(tab: DockTab): void {
  if (!dock.tabs.some((one) => one.id === tab.id)) dock.tabs.push({ ...tab, component: markRaw(tab.component) })
  dock.at = tab.id
}

export function closeInDock(id: string): void {
  const index = dock.tabs.findIndex((one) => one.id === id)
  if (index < 0) return
  const [gone] = dock.tabs.splice(index, 1)
  gone?.closed?.()
  if (dock.at === id) dock.at = dock.tabs[Math.max(0, index - 1)]?.id ?? ''
}
