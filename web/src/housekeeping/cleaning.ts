// How Housekeeping is: read, and read again while it runs.
import { onBeforeUnmount, onMounted, ref, shallowRef, type Ref } from 'vue'
import { api } from '@/api/client'
import { asProblem, type Problem } from '@/api/problem'
import type { Cleaning, CleaningRun } from '@/api/schema'

const LOOK_MS = 500

/** What a run that only looked at the same domain would lose; null where nobody has looked. */
export const lookedAt = (last: CleaningRun | null, domain: string) => (last?.dry_run && last.state === 'done' && last.domain === domain.trim().toLowerCase() ? last.totals : null)

export interface CleaningState {
  cleaning: Ref<Cleaning | null>
  problem: Ref<Problem | null>
  load: () => Promise<void>
  begin: (domain: string, dryRun: boolean, trustClock: boolean) => Promise<void>
}

/** Look after it; `ended` is called when a run is over. */
export function useCleaning(ended: () => void): CleaningState {
  const cleaning = shallowRef<Cleaning | null>(null)
  const problem = ref<Problem | null>(null)
  let timer: ReturnType<typeof setTimeout> | undefined
  let isGone = false

  async function load(): Promise<void> {
    clearTimeout(timer)
    const wasRunning = cleaning.value?.last?.state === 'running'
    try {
      cleaning.value = (await api.get<Cleaning>('/housekeeping')).data
      problem.value = null
    } catch (thrown) {
      problem.value = asProblem(thrown)
      return
    }
    if (cleaning.value.last?.state === 'running') timer = isGone ? undefined : setTimeout(() => void load(), LOOK_MS)
    else if (wasRunning) ended()
  }

  async function begin(domain: string, dryRun: boolean, trustClock: boolean): Promise<void> {
    await api.post('/housekeeping/runs', { domain: domain.trim(), dry_run: dryRun, trust_clock: trustClock })
    await load()
    if (cleaning.value?.last?.state !== 'running') ended()
  }

  onMounted(load)
  onBeforeUnmount(() => {
    isGone = true
    clearTimeout(timer)
  })
  return { cleaning, problem, load, begin }
}
