// The rows of a list: read page by page as one scrolls, read anew when the question changes.
import { ref, shallowRef, type Ref, type ShallowRef } from 'vue'
import { api, type Query } from '@/api/client'
import { asProblem, type Problem } from '@/api/problem'

const PAGE = 100

export interface Rows<Row> {
  rows: ShallowRef<readonly Row[]>
  total: Ref<number | null>
  next: Ref<string>
  busy: Ref<boolean>
  loaded: Ref<boolean>
  problem: Ref<Problem | null>
  reload: () => Promise<void>
  more: () => Promise<void>
}

export function useRows<Row>(path: () => string, query: () => Query): Rows<Row> {
  const rows = shallowRef<readonly Row[]>([])
  const total = ref<number | null>(null)
  const next = ref('')
  const busy = ref(false)
  const loaded = ref(false)
  const problem = ref<Problem | null>(null)
  let asking: AbortController | null = null

  async function read(cursor: string): Promise<void> {
    asking?.abort()
    const mine = new AbortController()
    asking = mine
    busy.value = true
    try {
      const page = await api.list<Row>(path(), { limit: PAGE, ...query(), cursor }, mine.signal)
      rows.value = cursor ? [...rows.value, ...page.rows] : page.rows
      if (!cursor || page.total !== null) total.value = page.total
      next.value = page.next
      problem.value = null
      loaded.value = true
    } catch (thrown) {
      if (mine.signal.aborted) return
      problem.value = asProblem(thrown)
    } finally {
      if (asking === mine) busy.value = false
    }
  }

  return {
    rows,
    total,
    next,
    busy,
    loaded,
    problem,
    reload: () => read(''),
    more: async () => {
      if (next.value && !busy.value) await read(next.value)
    },
  }
}
