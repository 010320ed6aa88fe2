// What of the frame is shown (the manual's View menu, 11.1), kept in this browser.
import { reactive, watch } from 'vue'

export interface View {
  statusBar: boolean
  dense: boolean
  shortcuts: boolean
  dockHeight: number
}

const KEPT = 'mailmax.view'
const BUILT_IN: View = { statusBar: true, dense: false, shortcuts: true, dockHeight: 240 }

/** Read what was kept; what is missing or no view at all is as built in. */
export function readView(text: string | null): View {
  try {
    return { ...BUILT_IN, ...(JSON.parse(text ?? '{}') as Partial<View>) }
  } catch {
    return { ...BUILT_IN }
  }
}

export const view = reactive(readView(localStorage.getItem(KEPT)))
watch(view, (now) => {
  localStorage.setItem(KEPT, JSON.stringify(now))
})

export const palette = reactive({ open: false })
export const help = reactive({ open: false })
