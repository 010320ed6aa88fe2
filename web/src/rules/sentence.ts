// A part as a sentence in pieces: words, and values that can be clicked (manual 8, Summary). Pure.
//
// Theory:
//     The words of a language are templates with the names of values in braces. They are
//     asked for with marks in the places of the values, and cut at these marks.
import { exactOctets } from '@/lib/format'
import { kindOf, missing, type Part, type PartValue, type Side } from './kinds'

export interface Piece {
  text: string
  /** Which value it shows; empty: words between them. */
  key: string
  isMissing: boolean
}

export type Say = (key: string, values?: Record<string, unknown>) => string

const LONGEST = 60
const MARK = '\u0001'

/** One line that is not too long. */
export function short(text: string): string {
  const line = text.replace(/[\p{C}\s]+/gu, ' ').trim()
  return line.length > LONGEST ? `${line.slice(0, LONGEST - 1)}…` : line
}

export function sentence(side: Side, part: Part, say: Say): Piece[] {
  const of = kindOf(side, part)
  const marks = Object.fromEntries(of.values.map(({ key }) => [key, `${MARK}${key}${MARK}`]))
  const lacking = new Set(missing(side, part))
  return say(`rules.${side}.${part.kind}.${form(part)}`, marks)
    .split(MARK)
    .map((text, at) => (at % 2 ? valuePiece(of.values.find((value) => value.key === text), part, lacking, say) : { text, key: '', isMissing: false }))
    .filter((piece) => piece.text !== '')
}

function form(part: Part): string {
  if (part.comparison === 'between') return 'between'
  if (part.kind === 'header' && part.text === '') return 'exists'
  return 'says'
}

function valuePiece(value: PartValue | undefined, part: Part, lacking: ReadonlySet<string>, say: Say): Piece {
  if (!value) return { text: '', key: '', isMissing: false }
  const isMissing = lacking.has(value.key)
  const text = isMissing ? say(`rules.blank.${value.kind}`) : valueText(value, part, say)
  return { text, key: value.key, isMissing }
}

function valueText(value: PartValue, part: Part, say: Say): string {
  const kept = part[value.key]
  switch (value.kind) {
    case 'choice':
      return say(`rules.choice.${part.kind}.${value.key}.${String(kept)}`)
    case 'flag':
      return say(`rules.choice.${flagKind(value, part)}.${kept === true ? 'yes' : 'no'}`)
    case 'octets':
      return typeof kept === 'number' ? exactOctets(kept) : String(kept)
    case 'day':
      return say(`rules.day.${String(kept)}`)
    case 'addresses':
      return listed(kept as readonly string[], say)
    case 'mailbox':
      return isInbox(String(kept)) ? 'INBOX' : quoted(kept, say)
    case 'text':
      return kept === '' ? say('rules.blank.anyText') : quoted(kept, say)
    case 'letter':
    case 'command':
      return quoted(kept, say)
    default:
      return short(String(kept))
  }
}

const quoted = (kept: unknown, say: Say) => say('rules.quoted', { text: short(String(kept)) })

function flagKind(value: PartValue, part: Part): string {
  if (value.key !== 'does_not_contain') return value.key
  return part.text === '' ? 'is_missing' : value.key
}

const isInbox = (name: string) => name.trim() === '' || name.trim().toLowerCase() === 'inbox'

function listed(addresses: readonly string[], say: Say): string {
  const shown = addresses.filter((one) => one.trim()).map(short)
  const more = shown.length - 3
  const first = shown.slice(0, 3).join(', ')
  return more > 0 ? say('rules.more', { first, more }) : first
}

/** What stands between the parts of a list: nothing, a comma, the last joiner. */
export function joiner(at: number, many: number, say: Say): string {
  if (at === 0) return ''
  return at === many - 1 ? say('rules.and') : say('rules.comma')
}

/** A whole rule in words, for lists. */
export function summary(conditions: readonly Part[], actions: readonly Part[], say: Say): string {
  const words = (side: Side, parts: readonly Part[]) =>
    parts.map((part, at) => joiner(at, parts.length, say) + sentence(side, part, say).map((piece) => piece.text).join('')).join('')
  return say('rules.summary', { conditions: words('conditions', conditions), actions: words('actions', actions) })
}
