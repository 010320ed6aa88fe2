// What the frame shows of the running system: whether it answers, how fast, and what it
// tells of itself.
import { reactive } from 'vue'
import { readSession, session } from '@/api/session'
import { asProblem } from '@/api/problem'

export type Health = 'unknown' | 'ok' | 'warn' | 'bad' | 'away'

export interface Trouble {
  state: 'ok' | 'warn' | 'bad'
  text: string
  cure?: string
}

/** What is told of the system; a page or a stream that learns more puts it here. */
export interface Status {
  system_name?: string
  version?: string
  health?: Trouble[]
  queue?: number
  users?: number
  quarantine?: number
  dead?: number
}

export const live = reactive<{ health: Health; status: Status; delay: number | null }>({ health: 'unknown', status: {}, delay: null })

const EVERY_MS = 15_000
let timer: ReturnType<typeof setTimeout> | undefined

/** The worst of what is told; of nothing told nothing is known. */
export function worst(told: readonly Trouble[] | undefined): Health {
  if (!told) return 'unknown'
  return (['bad', 'warn'] as const).find((state) => told.some((one) => one.state === state)) ?? 'ok'
}

/** Ask now. */
export async function refreshLive(): Promise<void> {
  const begin = performance.now()
  try {
    await readSession()
    live.delay = performance.now() - begin
    live.status.version = session.value?.version
    live.health = worst(live.status.health)
  } catch (thrown) {
    if (asProblem(thrown).isAway) live.health = 'away'
    live.delay = null
  }
}

/** Ask now and again while the page is looked at. */
export function startLive(): () => void {
  const again = async () => {
    if (!document.hidden) await refreshLive()
    timer = setTimeout(() => void again(), EVERY_MS)
  }
  void again()
  return () => {
    clearTimeout(timer)
  }
}
