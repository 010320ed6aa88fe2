// What somebody changed in a form and did not save yet. Pure.
//
// Theory:
//     A draft holds, by key, the new value; null means "take the own value away", so that
//     what is above holds again. A change back to what is kept is no change.
import { inheritedOf, type SettingRow } from './settings'

export type Draft = Readonly<Record<string, unknown>>

export const same = (one: unknown, other: unknown) => JSON.stringify(one) === JSON.stringify(other)

/** What the form shows: the change, or else the kept value. */
export function shown(row: SettingRow, draft: Draft): unknown {
  if (!(row.key in draft)) return row.value
  return draft[row.key] === null ? inheritedOf(row) : draft[row.key]
}

/** Whether the value would be this thing's own after saving. */
export const isOwn = (row: SettingRow, draft: Draft) => (row.key in draft ? draft[row.key] !== null : row.own)

/** Note a new value. */
export function changed(draft: Draft, row: SettingRow, value: unknown): Draft {
  const others = Object.fromEntries(Object.entries(draft).filter(([key]) => key !== row.key))
  if (value === null ? !row.own : same(value, row.value)) return others
  return { ...others, [row.key]: value }
}

/** Keep what is still a change after the kept values were read again. */
export function rebased(draft: Draft, rows: readonly SettingRow[]): Draft {
  return rows.reduce<Draft>((kept, row) => (row.key in draft ? changed(kept, row, draft[row.key]) : kept), {})
}
