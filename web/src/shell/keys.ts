// Keys that hold everywhere: Ctrl K, ?, and g with the letter of a page.
import { onBeforeUnmount, onMounted } from 'vue'
import { session } from '@/api/session'
import { isDialogOpen, isTyping, lettersAfterG } from '@/lib/typing'
import { PAGES } from './pages'
import { maySee } from './routes'
import { router } from './router'
import { help, palette, view } from './view'

export function useGlobalKeys(): void {
  const letterAfterG = lettersAfterG()
  const press = (event: KeyboardEvent) => {
    if ((event.ctrlKey || event.metaKey) && event.key.toLowerCase() === 'k') {
      event.preventDefault()
      palette.open = !palette.open
      return
    }
    if (!view.shortcuts || event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey || isTyping(event.target) || isDialogOpen()) return
    if (event.key === '?') help.open = true
    const letter = letterAfterG(event.key, event.timeStamp)
    const page = letter && PAGES.find((one) => one.nav?.key === letter && maySee(one, session.value))
    if (page) void router.push({ name: page.name })
  }
  onMounted(() => {
    document.addEventListener('keydown', press)
  })
  onBeforeUnmount(() => {
    document.removeEventListener('keydown', press)
  })
}
