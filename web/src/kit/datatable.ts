// What a list shows and in which order: columns, widths, filters, selection. Pure.
//
// Theory:
//     Rows come from the server, sorted, searched and filtered there, a page at a time.
//     What an administrator made of the columns is kept on the server as a preference
//     and laid over the declaration, so that a column that is new appears by itself.
import type { Tri } from './tri'

export interface Column<Row> {
  key: string
  /** Its name, translated. */
  label: string
  width: number
  /** The server can sort by it. */
  sortable?: boolean
  align?: 'start' | 'end'
  /** Shown until somebody says otherwise. */
  hidden?: boolean
  /** Its text; without: the field of that name. A slot `cell-KEY` draws more. */
  text?: (row: Row) => string
}

export interface TriFilter {
  key: string
  label: string
}

/** A field of its own that holds a text: rows whose field of that name has it. */
export interface TextFilter {
  key: string
  label: string
}

/** What is kept of the columns: order, width and whether they are shown. */
export type KeptColumns = { key: string; width: number; hidden: boolean }[]

export interface Laid<Row> extends Column<Row> {
  hidden: boolean
}

const NARROWEST = 48
const WIDEST = 1_200

export const bounded = (width: number) => Math.min(WIDEST, Math.max(NARROWEST, Math.round(width)))

/** Lay what was kept over the declared columns; new ones come last, gone ones go. */
export function laid<Row>(columns: readonly Column<Row>[], kept: KeptColumns): Laid<Row>[] {
  const known = kept.flatMap((one) => {
    const column = columns.find((found) => found.key === one.key)
    return column ? [{ ...column, width: bounded(one.width), hidden: one.hidden }] : []
  })
  const fresh = columns.filter((column) => !kept.some((one) => one.key === column.key))
  return [...known, ...fresh.map((column) => ({ ...column, hidden: column.hidden ?? false }))]
}

export const keptOf = <Row>(columns: readonly Laid<Row>[]): KeptColumns =>
  columns.map(({ key, width, hidden }) => ({ key, width, hidden }))

/** Move one from a place to another. */
export function moved<T>(list: readonly T[], from: number, to: number): T[] {
  const result = [...list]
  const [taken] = result.splice(from, 1)
  if (taken !== undefined) result.splice(to, 0, taken)
  return result
}

/** A click on a heading: up, down, up again. */
export const nextSort = (sort: string, key: string) => (sort === key ? `-${key}` : key)

export const ariaSort = (sort: string, key: string) =>
  sort === key ? 'ascending' : sort === `-${key}` ? 'descending' : 'none'

/** The filters as the API reads them. */
export const filterQuery = (chosen: Readonly<Record<string, Tri>>): Record<string, string> =>
  Object.fromEntries(Object.entries(chosen).flatMap(([key, state]) => (state === 'any' ? [] : [[key, state === 'yes' ? 'true' : 'false']])))

/** What was typed into fields of their own, as the API reads it. */
export const textQuery = (typed: Readonly<Record<string, string>>): Record<string, string> =>
  Object.fromEntries(Object.entries(typed).flatMap(([key, text]) => (text.trim() ? [[key, text.trim()]] : [])))

export function textOf<Row>(column: Column<Row>, row: Row): string {
  if (column.text) return column.text(row)
  const value = (row as Record<string, unknown>)[column.key]
  return value === null || value === undefined ? '' : String(value)
}
