// Light, dark, or as the system has it; kept in this browser.
import { ref } from 'vue'

export const THEMES = ['light', 'dark', 'system'] as const
export type Theme = (typeof THEMES)[number]

const KEPT = 'mailmax.theme'
const dark = () => matchMedia('(prefers-color-scheme: dark)')

export const theme = ref<Theme>('system')
/** Counts changes, for what draws on a canvas. */
export const themeTurn = ref(0)

function apply(): void {
  const isDark = theme.value === 'dark' || (theme.value === 'system' && dark().matches)
  const root = document.documentElement
  root.dataset.turning = ''
  root.dataset.theme = isDark ? 'dark' : 'light'
  void root.offsetHeight // the new colours hold from here on, without a transition
  delete root.dataset.turning
  themeTurn.value += 1
}

export function startTheme(): void {
  const kept = localStorage.getItem(KEPT)
  theme.value = THEMES.find((one) => one === kept) ?? 'system'
  dark().addEventListener('change', apply)
  apply()
}

export function chooseTheme(wanted: Theme): void {
  theme.value = wanted
  localStorage.setItem(KEPT, wanted)
  apply()
}
