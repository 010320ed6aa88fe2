// How the virus scanners are: read, and read again while a test or an update runs.
import { onBeforeUnmount, onMounted, ref, shallowRef, watch, type Ref } from 'vue'
import { api } from '@/api/client'
import { asProblem, type Problem } from '@/api/problem'

export interface Scanner {
  kind: string
  is_on: boolean
  trouble: string
  engine: string
  signatures: string
  made_at: string | null
}

export interface Verdict {
  kind: string
  verdict: string
  words: string
  seconds: number
}

export interface VirusTest {
  begun_at: string | null
  is_running: boolean
  verdicts: Verdict[]
}

export interface VirusUpdate {
  command: string
  directory: string
  daily_at: string
  every_hours: number
  on_start: boolean
  is_running: boolean
  begun_at: string | null
  ended_at: string | null
  trouble: string
}

export interface Standing {
  node: string
  nodes: string[]
  scanners: Scanner[]
  test: VirusTest
  update: VirusUpdate
}

export type Deed = 'test' | 'update'

const LOOK_MS = 1000
const OLD_MS = 7 * 86_400_000

/** Signatures that nobody has renewed for long. */
export const isOld = (made: string | null, now = Date.now()) => made !== null && now - new Date(made).getTime() > OLD_MS

export interface StandingState {
  standing: Ref<Standing | null>
  problem: Ref<Problem | null>
  /** The computer that is looked at; empty: one where SMTPMax runs. */
  node: Ref<string>
  /** What was only just asked for. */
  begun: Ref<Deed | ''>
  load: () => Promise<void>
  begin: (deed: Deed) => Promise<void>
}

export function useStanding(): StandingState {
  const standing = shallowRef<Standing | null>(null)
  const problem = ref<Problem | null>(null)
  const node = ref('')
  const begun = ref<Deed | ''>('')
  let timer: ReturnType<typeof setTimeout> | undefined

  function take(found: Standing): void {
    standing.value = found
    node.value = found.node
    problem.value = null
    clearTimeout(timer)
    if (found.test.is_running || found.update.is_running) timer = setTimeout(() => void load(), LOOK_MS)
  }

  async function load(): Promise<void> {
    try {
      take((await api.get<Standing>('/virus', { node: node.value })).data)
    } catch (thrown) {
      problem.value = asProblem(thrown)
    }
  }

  async function begin(deed: Deed): Promise<void> {
    begun.value = deed
    try {
      take((await api.post<Standing>(`/virus/${deed}`, { node: node.value })).data)
    } catch (thrown) {
      problem.value = asProblem(thrown)
    } finally {
      begun.value = ''
    }
  }

  onMounted(load)
  onBeforeUnmount(() => {
    clearTimeout(timer)
  })
  watch(node, (now) => {
    if (now !== standing.value?.node) void load()
  })
  return { standing, problem, node, begun, load, begin }
}
