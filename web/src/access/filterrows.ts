// The rows of an ordered list of filters: read as one scrolls, moved at once, read again.
import { ref, shallowRef } from 'vue'
import { api } from '@/api/client'
import { asProblem, type Problem } from '@/api/problem'
import { moved, type Filter, type FilterPage } from './access'

const PAGE = 500

export function useFilterRows(connection: () => string) {
  const rows = shallowRef<readonly Filter[]>([])
  const total = ref(0)
  const hidden = ref(0)
  const next = ref('')
  const loaded = ref(false)
  const busy = ref(false)
  const problem = ref<Problem | null>(null)
  let turn = 0

  /** Read as many rows as are shown, and at least one page. */
  async function reload(): Promise<void> {
    await read(Math.max(PAGE, rows.value.length), '', [])
  }

  async function read(wanted: number, cursor: string, before: readonly Filter[]): Promise<void> {
    const mine = ++turn
    busy.value = true
    let found = before
    let at = cursor
    try {
      do {
        const { data } = await api.get<FilterPage>('/filters', { connection: connection(), limit: PAGE, cursor: at })
        if (mine !== turn) return
        found = [...found, ...data.rows]
        at = data.next
        total.value = data.total
        hidden.value = data.hidden
      } while (at && found.length < wanted)
      rows.value = found
      next.value = at
      loaded.value = true
      problem.value = null
    } catch (thrown) {
      if (mine === turn) problem.value = asProblem(thrown)
    } finally {
      if (mine === turn) busy.value = false
    }
  }

  async function more(): Promise<void> {
    if (next.value && !busy.value) await read(rows.value.length + 1, next.value, rows.value)
  }

  /** Put a row elsewhere: here at once, then on the server. */
  async function move(row: Filter, place: number): Promise<void> {
    const to = Math.min(Math.max(place, 1), total.value)
    if (to === row.place) return
    rows.value = moved(rows.value, rows.value.findIndex((one) => one.id === row.id), to - 1).map((one, index) => (one.place === index + 1 ? one : { ...one, place: index + 1 }))
    try {
      await api.post(`/filters/${String(row.id)}/move`, { place: to })
    } finally {
      await reload()
    }
  }

  return { rows, total, hidden, next, loaded, busy, problem, reload, more, move }
}
