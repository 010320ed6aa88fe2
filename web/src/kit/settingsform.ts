// The state of a form of settings: read, change, save without losing another's change.
import { computed, onMounted, ref, type ComputedRef, type Ref } from 'vue'
import { api } from '@/api/client'
import { asProblem, type Problem } from '@/api/problem'
import { changed, rebased, type Draft } from '@/lib/draft'
import { loadDeclarations, type SettingRow } from '@/lib/settings'

export interface SettingsGroup {
  /** Key of its title. */
  title: string
  text?: string
  keys: readonly string[]
  advanced?: readonly string[]
}

export const keysOf = (groups: readonly SettingsGroup[]) => groups.flatMap((one) => [...one.keys, ...(one.advanced ?? [])])

export interface SettingsState {
  rows: ComputedRef<ReadonlyMap<string, SettingRow>>
  draft: Ref<Draft>
  problem: Ref<Problem | null>
  loaded: Ref<boolean>
  busy: Ref<boolean>
  overtaken: Ref<boolean>
  dirty: ComputedRef<number>
  load: () => Promise<void>
  change: (row: SettingRow, value: unknown) => void
  discard: () => void
  save: () => Promise<string[] | null>
}

/** Keep the settings of `path` ("/settings", "/domains/a.example/settings"). */
export function useSettings(path: () => string): SettingsState {
  const list = ref<SettingRow[]>([])
  const etag = ref('')
  const draft = ref<Draft>({})
  const problem = ref<Problem | null>(null)
  const loaded = ref(false)
  const busy = ref(false)
  const overtaken = ref(false)

  async function load(): Promise<void> {
    problem.value = null
    try {
      const [answer] = await Promise.all([api.get<{ settings: SettingRow[] }>(path()), loadDeclarations()])
      list.value = answer.data.settings
      etag.value = answer.etag
      draft.value = rebased(draft.value, list.value)
      loaded.value = true
    } catch (thrown) {
      problem.value = asProblem(thrown)
    }
  }

  /** Save; who does not have it yet, or null when it was refused. */
  async function save(): Promise<string[] | null> {
    busy.value = true
    problem.value = null
    overtaken.value = false
    try {
      const { data } = await api.patch<{ waiting_for?: string[] }>(path(), { settings: draft.value }, etag.value)
      draft.value = {}
      await load()
      return data.waiting_for ?? []
    } catch (thrown) {
      const found = asProblem(thrown)
      if (found.status === 412) {
        await load()
        overtaken.value = true
      } else problem.value = found
      return null
    } finally {
      busy.value = false
    }
  }

  onMounted(load)
  return {
    rows: computed(() => new Map(list.value.map((row) => [row.key, row]))),
    draft,
    problem,
    loaded,
    busy,
    overtaken,
    dirty: computed(() => Object.keys(draft.value).length),
    load,
    save,
    change(row, value) {
      draft.value = changed(draft.value, row, value)
      if (problem.value?.field === row.key) problem.value = null
    },
    discard() {
      draft.value = {}
      problem.value = null
      overtaken.value = false
    },
  }
}
