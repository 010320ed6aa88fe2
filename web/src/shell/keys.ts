// Keys that hold everywhere: Ctrl K, ?, and g with the letter of a page.
import { onBeforeUnmount, onMounted } from 'vue'
import { session } from '@/api/session'
import { isDialogOpen, isTyping } from '@/lib/typing'
import { PAGES } from './pages'
import { maySee } from './routes'
import { router } from './router'
import { help, palette, view } from './view'

const TOGETHER_MS = 900

export function useGlobalKeys(): void {
  let begun = 0
  const press = (event: KeyboardEvent) => {
    if ((event.ctrlKey || event.metaKey) && event.key.toLowerCase() === 'k') {
      event.preventDefault()
      palette.open = !palette.open
      return
    }
    if (!view.shortcuts || event.ctrlKey || event.metaKey || event.altKey || isTyping(event.target) || isDialogOpen()) return
    if (event.key === '?') help.open = true
    else if (event.key === 'g') begun = event.timeStamp
    else if (event.timeStamp - begun < TOGETHER_MS) {
      begun = 0
      const page = PAGES.find((one) => one.nav?.key === event.key && maySee(one, session.value))
      if (page) void router.push({ name: page.name })
    }
  }
  onMounted(() => {
    document.addEventListener('keydown', press)
  })
  onBeforeUnmount(() => {
    document.removeEventListener('keydown', press)
  })
}
