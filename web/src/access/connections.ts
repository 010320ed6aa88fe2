// The listening addresses, read again every few seconds while the page is seen.
import { onBeforeUnmount, onMounted, ref, shallowRef } from 'vue'
import { everyPage } from '@/api/client'
import { asProblem, type Problem } from '@/api/problem'
import type { Connection } from './access'

const EVERY_MS = 3_000

export function useConnections() {
  const rows = shallowRef<readonly Connection[]>([])
  const loaded = ref(false)
  const problem = ref<Problem | null>(null)
  let timer: ReturnType<typeof setInterval> | undefined

  async function reload(): Promise<void> {
    try {
      const found: Connection[] = []
      for await (const page of everyPage<Connection>('/connections', { limit: 500 })) found.push(...page.rows)
      rows.value = found
      loaded.value = true
      problem.value = null
    } catch (thrown) {
      problem.value = asProblem(thrown)
    }
  }

  onMounted(() => {
    void reload()
    timer = setInterval(() => {
      if (!document.hidden) void reload()
    }, EVERY_MS)
  })
  onBeforeUnmount(() => {
    clearInterval(timer)
  })
  return { rows, loaded, problem, reload }
}
