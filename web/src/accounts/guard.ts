// Sheets with forms: another sheet is not shown before what is not saved was given up.
import { ref, type Ref } from 'vue'

export interface Guard {
  tab: Ref<string>
  dirty: Ref<number>
  /** The question is open. */
  asking: Ref<boolean>
  note: (changes: number) => void
  go: (tab: string) => void
  leave: () => void
  reset: () => void
}

export function useGuard(first: () => string): Guard {
  const tab = ref(first())
  const dirty = ref(0)
  const asking = ref(false)
  const wanted = ref('')
  return {
    tab,
    dirty,
    asking,
    note(changes) {
      dirty.value = changes
    },
    go(next) {
      wanted.value = next
      if (dirty.value) asking.value = true
      else tab.value = next
    },
    leave() {
      asking.value = false
      dirty.value = 0
      tab.value = wanted.value
    },
    reset() {
      tab.value = first()
      dirty.value = 0
      asking.value = false
    },
  }
}
