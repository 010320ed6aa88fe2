// What the frame shows of the running system: health, numbers, how long an answer takes.
import { reactive } from 'vue'
import { api } from '@/api/client'
import { asProblem } from '@/api/problem'
import { session } from '@/api/session'

export type Health = 'unknown' | 'ok' | 'warn' | 'bad' | 'away'

export interface Status {
  system_name?: string
  version?: string
  health?: { state: 'ok' | 'warn' | 'bad'; text: string; cure?: string; where?: string }[]
  queue?: number
  users?: number
  quarantine?: number
  dead?: number
  [more: string]: unknown
}

export const live = reactive<{ health: Health; status: Status | null; delay: number | null }>({
  health: 'unknown',
  status: null,
  delay: null,
})

const EVERY_MS = 15_000
let timer: ReturnType<typeof setTimeout> | undefined

/** The worst of what is told; nothing told is well. */
export function worst(told: Status['health'] = []): Health {
  return (['bad', 'warn'] as const).find((state) => told.some((one) => one.state === state)) ?? 'ok'
}

/** Ask now. */
export async function refreshLive(): Promise<void> {
  if (session.value?.role !== 'system') return
  const begin = performance.now()
  try {
    live.status = (await api.get<Status>('/status')).data
    live.delay = performance.now() - begin
    live.health = worst(live.status.health)
  } catch (thrown) {
    live.health = asProblem(thrown).isAway ? 'away' : 'unknown'
    live.delay = null
  }
}

/** Ask now and again while the page is looked at. */
export function startLive(): void {
  clearTimeout(timer)
  const again = async () => {
    if (!document.hidden) await refreshLive()
    timer = setTimeout(() => void again(), EVERY_MS)
  }
  void again()
}
