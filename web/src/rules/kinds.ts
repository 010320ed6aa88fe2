// What rules can ask for and do (manual 8.1, 8.2): each kind, its values, its blanks. Pure.
//
// Theory:
//     A part (a condition or an action) is the engine's own JSON object; here stands what a
//     form must know of each kind. A part is built with every key that its kind has, so
//     that what the hub keeps is what was built.
import { Ban, CalendarDays, CalendarRange, Clock, FileCode2, FileQuestion, FileText, FileX2, FolderInput, Forward, Globe, Heading, Inbox, Mail, Octagon, Paperclip, Reply, Scale, StickyNote, Terminal, TextSearch } from '@lucide/vue'
import type { Component } from 'vue'

export type Part = Readonly<{ kind: string; [key: string]: unknown }>

export type ValueKind = 'octets' | 'date' | 'time' | 'day' | 'choice' | 'flag' | 'header' | 'text' | 'extension' | 'mailbox' | 'addresses' | 'letter' | 'line' | 'address' | 'path' | 'command'

export interface PartValue {
  key: string
  kind: ValueKind
  blank: unknown
  /** Of a choice. */
  choices?: readonly string[]
  needed?: boolean
  /** The second value, which counts for "between" alone. */
  isUpper?: boolean
}

export interface PartKind {
  kind: string
  group: string
  icon: Component
  values: readonly PartValue[]
  /** It runs a program or reads a file of the server: for the system's administrators. */
  isServers?: boolean
}

const SIZES = ['equal', 'not_equal', 'less', 'greater', 'less_or_equal', 'greater_or_equal', 'between'] as const
const MOMENTS = ['on', 'not_on', 'on_or_before', 'before', 'on_or_after', 'after', 'between'] as const

const between = (kind: ValueKind, keys: readonly [string, string], blank: unknown, choices: readonly string[], first: string): readonly PartValue[] => [
  { key: 'comparison', kind: 'choice', blank: first, choices },
  { key: keys[0], kind, blank, needed: true },
  { key: keys[1], kind, blank, needed: true, isUpper: true },
]
const word: PartValue = { key: 'whole_word', kind: 'flag', blank: false }
const sought: readonly PartValue[] = [{ key: 'text', kind: 'text', blank: '', needed: true }, word]
const command: PartValue = { key: 'command', kind: 'command', blank: '', needed: true }
const letter: readonly PartValue[] = [
  { key: 'name', kind: 'line', blank: '' },
  { key: 'reply_address', kind: 'address', blank: '' },
  { key: 'subject', kind: 'line', blank: '' },
]
const written: readonly PartValue[] = [{ key: 'text', kind: 'letter', blank: '', needed: true }, ...letter]

export const CONDITIONS: readonly PartKind[] = [
  { kind: 'header', group: 'words', icon: Heading, values: [{ key: 'name', kind: 'header', blank: '', needed: true }, { key: 'does_not_contain', kind: 'flag', blank: false }, { key: 'text', kind: 'text', blank: '' }, word] },
  { kind: 'body', group: 'words', icon: TextSearch, values: sought },
  { kind: 'whole_mail', group: 'words', icon: Mail, values: sought },
  { kind: 'attachment_name', group: 'files', icon: Paperclip, values: sought },
  { kind: 'file_type', group: 'files', icon: FileQuestion, values: [{ key: 'extension', kind: 'extension', blank: '', needed: true }] },
  { kind: 'size', group: 'message', icon: Scale, values: between('octets', ['octets', 'upper_octets'], null, SIZES, 'greater') },
  { kind: 'any_message', group: 'message', icon: Globe, values: [] },
  { kind: 'date', group: 'arrival', icon: CalendarDays, values: between('date', ['date', 'last_date'], '', MOMENTS, 'on') },
  { kind: 'day_of_week', group: 'arrival', icon: CalendarRange, values: between('day', ['day', 'last_day'], null, MOMENTS, 'on') },
  { kind: 'time', group: 'arrival', icon: Clock, values: between('time', ['time', 'last_time'], '', MOMENTS, 'on') },
  { kind: 'external_test', group: 'server', icon: Terminal, isServers: true, values: [command, { key: 'failing', kind: 'choice', blank: 'try_again', choices: ['try_again', 'true', 'false'] }] },
]

export const ACTIONS: readonly PartKind[] = [
  { kind: 'store', group: 'message', icon: FolderInput, values: [{ key: 'mailbox', kind: 'mailbox', blank: '' }] },
  { kind: 'discard', group: 'message', icon: Ban, values: [] },
  { kind: 'discard_attachment', group: 'message', icon: FileX2, values: [] },
  { kind: 'forward', group: 'letters', icon: Forward, values: [{ key: 'addresses', kind: 'addresses', blank: [], needed: true }] },
  { kind: 'respond_text', group: 'letters', icon: Reply, values: written },
  { kind: 'respond_file', group: 'letters', icon: FileText, isServers: true, values: [{ key: 'path', kind: 'path', blank: '', needed: true }, ...letter] },
  { kind: 'note', group: 'letters', icon: StickyNote, values: written },
  { kind: 'terminate', group: 'order', icon: Octagon, values: [] },
  { kind: 'run_program', group: 'server', icon: FileCode2, isServers: true, values: [command] },
]

export type Side = 'conditions' | 'actions'

export const kindsOf = (side: Side): readonly PartKind[] => (side === 'conditions' ? CONDITIONS : ACTIONS)

const NONE: PartKind = { kind: '', group: '', icon: Inbox, values: [] }

export const kindOf = (side: Side, part: Part): PartKind => kindsOf(side).find((one) => one.kind === part.kind) ?? NONE

/** A part as it is when its kind was only just chosen. */
export function fresh(of: PartKind): Part {
  return { kind: of.kind, ...Object.fromEntries(of.values.map((value) => [value.key, value.blank])) }
}

const isWritten = (value: unknown) => (Array.isArray(value) ? value.some((one) => String(one).trim() !== '') : typeof value === 'string' ? value.trim() !== '' : value !== null && value !== undefined)

/** The values of a part that count as it stands: the second of two only for "between". */
export const counting = (of: PartKind, part: Part): PartValue[] => of.values.filter((value) => !value.isUpper || part.comparison === 'between')

/** The keys of what is still missing in a part. */
export function missing(side: Side, part: Part): string[] {
  const of = kindOf(side, part)
  return counting(of, part).filter((value) => value.needed && !isWritten(part[value.key])).map((value) => value.key)
}

/** A part as it is sent: what does not count is blank, lists have no empty lines. */
export function built(side: Side, part: Part): Part {
  const of = kindOf(side, part)
  const counts = new Set(counting(of, part).map((value) => value.key))
  const values = of.values.map(({ key, blank }) => {
    const value = counts.has(key) ? part[key] : blank
    return [key, Array.isArray(value) ? value.map((one) => String(one).trim()).filter(Boolean) : value]
  })
  return { kind: part.kind, ...Object.fromEntries(values) }
}

export const isServers = (side: Side, part: Part) => kindOf(side, part).isServers === true
