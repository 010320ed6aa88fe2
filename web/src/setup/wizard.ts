// The wizard while it is open: what was typed, what the server says of it, how it ends.
import { computed, reactive, ref, watch } from 'vue'
import { api, send } from '@/api/client'
import { asProblem, Problem } from '@/api/problem'
import { t } from '@/lib/i18n'
import { answersOf, chosen, firstDraft, kept, stepOf, STEPS, takenUp, type Draft, type Findings, type Step } from './draft'
import { linesOf } from './lines'

const HIGHEST_BASE_PORT = 64_540
const KEPT = 'mailmax.setup'

interface Fault {
  field: string
  reason: string
  cure: string
}

export interface Room {
  path: string
  free_octets: number
  disk_octets: number
}

interface Checked {
  faults: Fault[]
  rooms: Record<string, Room>
  taken_ports: number[]
}

interface Founded {
  state: 'founded'
  passwords: Record<string, string>
  note: string
  place: string
}

interface Ready {
  state: 'ready'
  address: string
}

export type Stage = 'asking' | 'founding' | 'starting' | 'ready' | 'started'

const of = (fault: Fault) => new Problem(422, { code: 'bad_value', field: fault.field, detail: fault.reason, hint: fault.cure })

/** A plain page in place of an answer: another browser has the wizard now. */
export function refusalOf(thrown: unknown): Problem {
  const refused = asProblem(thrown)
  return refused.status === 403 && !refused.code ? new Problem(403, { detail: t('setup.elsewhere'), hint: t('setup.elsewhereCure') }) : refused
}

export function useWizard(found: Findings) {
  const draft = reactive<Draft>(takenUp(sessionStorage.getItem(KEPT), firstDraft(found)))
  const faults = ref<Problem[]>([])
  const checked = ref<Checked>({ faults: [], rooms: {}, taken_ports: [] })
  const problem = ref<Problem | null>(null)
  const stage = ref<Stage>('asking')
  const founded = ref<Founded | null>(null)
  const address = ref('')

  watch(draft, () => { sessionStorage.setItem(KEPT, kept(draft)) })

  const at = (field: string) => faults.value.find((one) => one.field === field) ?? null
  const isGood = (step: Step) => faults.value.every((one) => stepOf(one.field) !== step)

  /** See what room there is, and which ports are taken. */
  async function look(): Promise<void> {
    const found = await api.post<Checked>('/setup/check', answersOf(draft)).catch(() => null)
    if (found) checked.value = found.data
  }

  /** Ask what is wrong so far; what is wrong with later steps is not told yet. */
  async function check(step: Step): Promise<boolean> {
    problem.value = null
    try {
      checked.value = (await api.post<Checked>('/setup/check', answersOf(draft))).data
    } catch (thrown) {
      takeRefusal(refusalOf(thrown))
      return isGood(step) && problem.value === null
    }
    const typed = draft.basePort
    if (typeof typed === 'string') checked.value.faults.push({ field: 'base_port', reason: `'${typed}' is no whole number in the bounds`, cure: `give 0 to ${String(HIGHEST_BASE_PORT)}` })
    const seen = STEPS.slice(0, STEPS.indexOf(step) + 1)
    faults.value = checked.value.faults.map(of).filter((one) => seen.includes(stepOf(one.field)))
    return isGood(step)
  }

  /** What belongs to a field is told there, all else above the step. */
  function takeRefusal(refused: Problem): void {
    const isOfField = refused.status === 422 && stepOf(refused.field) !== 'summary'
    faults.value = isOfField ? [refused] : []
    problem.value = isOfField ? null : refused
  }

  /** Have it set up; the step to go back to when it was refused for a field. */
  async function setUp(): Promise<Step | null> {
    problem.value = null
    stage.value = 'founding'
    try {
      for await (const told of linesOf<Founded | Ready>(await send('POST', '/setup', { body: answersOf(draft) }))) {
        if (told.state === 'founded') begin(told)
        else if (told.state === 'ready') end(told.address)
      }
    } catch (thrown) {
      if (!founded.value) {
        stage.value = 'asking'
        takeRefusal(refusalOf(thrown))
        return faults.value[0] ? stepOf(faults.value[0].field) : null
      }
    }
    if (founded.value && !address.value) stage.value = 'started'
    return null
  }

  function begin(told: Founded): void {
    sessionStorage.removeItem(KEPT)
    founded.value = told
    stage.value = 'starting'
  }

  function end(link: string): void {
    address.value = link
    if (link) stage.value = 'ready'
  }

  /** Each new mailbox with its password: as it was typed, or as the server made it up. */
  const accounts = computed(() =>
    chosen(draft).map(({ name, password }) => {
      const whole = name.includes('@') ? name.trim() : `${name.trim()}@${draft.domain.trim()}`
      return { address: whole, password: password || (founded.value?.passwords[whole.toLowerCase()] ?? founded.value?.passwords[whole] ?? '') }
    }),
  )

  return { found, draft, faults, checked, problem, stage, founded, address, accounts, at, look, check, setUp }
}

export type Wizard = ReturnType<typeof useWizard>
