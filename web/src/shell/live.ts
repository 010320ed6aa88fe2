// What the frame shows of the running system: whether it answers, how fast, and what it
// tells of itself.
import { reactive } from 'vue'
import { api } from '@/api/client'
import { asProblem } from '@/api/problem'
import type { SystemState } from '@/api/schema'
import { readSession, session } from '@/api/session'

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
}

export const live = reactive<{ health: Health; status: Status; delay: number | null; state: SystemState | null }>({ health: 'unknown', status: {}, delay: null, state: null })

const EVERY_MS = 15_000
let timer: ReturnType<typeof setTimeout> | undefined

/** The worst of what is told; of nothing told nothing is known. */
export function worst(told: readonly Trouble[] | undefined): Health {
  if (!told) return 'unknown'
  return (['bad', 'warn'] as const).find((state) => told.some((one) => one.state === state)) ?? 'ok'
}

/** Take what the system tells of itself. */
export function takeState(state: SystemState): void {
  live.state = state
  Object.assign(live.status, { system_name: state.system_name, version: state.version, health: state.health, users: state.users, queue: state.queue?.recipients })
  live.health = worst(live.status.health)
}

async function ask(): Promise<void> {
  if (session.value?.role === 'system') takeState((await api.get<SystemState>('/status')).data)
  else {
    await readSession()
    live.status.version = session.value?.version
  }
}

/** Ask now. */
export async function refreshLive(): Promise<void> {
  const begin = performance.now()
  try {
    await ask()
    live.delay = performance.now() - begin
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
