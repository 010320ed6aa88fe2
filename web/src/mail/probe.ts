// A test message on its way: sent, looked for until it is there, and how it reads.
import { computed, onScopeDispose, ref } from 'vue'
import { api } from '@/api/client'
import { asProblem, type Problem } from '@/api/problem'
import type { TestMessage, TestMessageOrder, TestMessageSent } from '@/api/schema'

/** So long a question waits for it. */
const WAIT_MS = 2_000
/** Then it is asked again so often. */
const AGAIN_MS = 1_000
/** It is usually there at once: after that long one wants to know why not. */
const LATE_MS = 4_000
const MOST_MS = 10 * 60_000

const pause = (ms: number) => new Promise((done) => setTimeout(done, ms))

/** Where a sent message stands, for people. */
export type Standing = 'sending' | 'waiting' | 'late' | TestMessage['state']

export function useProbe() {
  const sent = ref<TestMessageSent | null>(null)
  const seen = ref<TestMessage | null>(null)
  const problem = ref<Problem | null>(null)
  const isLate = ref(false)
  let turn: AbortController | undefined

  const standing = computed<Standing>(() => {
    if (!sent.value) return 'sending'
    const state = seen.value?.state ?? 'waiting'
    return state === 'waiting' && isLate.value ? 'late' : state
  })

  /** Forget the one before; nothing is asked about it any more. */
  function stop(): void {
    turn?.abort()
    sent.value = seen.value = problem.value = null
    isLate.value = false
  }
  onScopeDispose(() => turn?.abort())

  async function send(address: string, language: TestMessageOrder['language']): Promise<void> {
    stop()
    const mine = (turn = new AbortController())
    const path = `/users/${encodeURIComponent(address)}/test-messages`
    try {
      const { data } = await api.post<TestMessageSent>(path, { language } satisfies TestMessageOrder)
      if (mine.signal.aborted) return
      sent.value = data
      await follow(`${path}/${data.id}`, mine.signal)
    } catch (thrown) {
      if (!mine.signal.aborted) problem.value = asProblem(thrown)
    }
  }

  async function follow(path: string, signal: AbortSignal): Promise<void> {
    const begun = performance.now()
    for (;;) {
      const { data } = await api.get<TestMessage>(path, { wait_ms: seen.value ? 0 : WAIT_MS }, signal)
      seen.value = data
      const waited = performance.now() - begun
      isLate.value = waited > LATE_MS || data.reason !== ''
      if (data.state !== 'waiting' || waited > MOST_MS) return
      await pause(AGAIN_MS)
      if (signal.aborted) return
    }
  }

  return { sent, seen, problem, standing, send, stop }
}
