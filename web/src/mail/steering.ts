// What is done with mail that waits or is dead: part by part until all of it is done.
import { api } from '@/api/client'
import type { Done, Meant } from '@/api/schema'

export type Selection = Partial<Meant>

export interface Order {
  deed: string
  selection: Selection
  recipient?: string
  next_try_at?: string
}

export interface Sum {
  messages: number
  recipients: number
  later: number
  missing: number
}

export type Post = (path: string, body: unknown) => Promise<{ data: Done }>

const MOST_IDS = 1_000
/** ENTRY or ENTRY.N */
const ID = /^\d{1,18}(\.\d{1,9})?$/

/** Give an order for all that it means; each answer names where the rest begins. */
export async function steer(path: string, order: Order, more: { dryRun?: boolean; post?: Post } = {}): Promise<Sum> {
  const post = more.post ?? ((to: string, body: unknown) => api.post<Done>(to, body))
  const sum: Sum = { messages: 0, recipients: 0, later: 0, missing: 0 }
  for (const selection of parts(order.selection)) {
    let cursor = ''
    do {
      const { data } = await post(path, { ...order, selection, ...(more.dryRun ? { dry_run: true } : {}), cursor })
      sum.messages += data.messages
      sum.recipients += data.recipients
      sum.later += data.later
      sum.missing += data.missing.length
      cursor = data.next
    } while (cursor)
  }
  return sum
}

/** One order names a thousand at most. */
function parts(selection: Selection): Selection[] {
  const ids = [...new Set(selection.ids ?? [])]
  if (ids.length <= MOST_IDS) return [selection]
  return Array.from({ length: Math.ceil(ids.length / MOST_IDS) }, (_, part) => ({ ...selection, ids: ids.slice(part * MOST_IDS, (part + 1) * MOST_IDS) }))
}

/** What the server takes away around a text: not quite what `trim` does. */
const AROUND = /^[\t-\r\x1c-\x20\x85\xa0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000]+|[\t-\r\x1c-\x20\x85\xa0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000]+$/g
const stripped = (text: string) => text.replace(AROUND, '')

/** What means all addresses with a word in them; patterns stay. */
const holding = (word: string) => (word === '<>' || word.startsWith('*') ? word : `*${word}*`)

/** Everything that the filter and the search let through, as the list reads them (`webadmin/api/choice.py`). */
export function selectionOf(filter: Readonly<Record<string, string>>, words: string): Selection {
  const chosen: Selection = {}
  for (const key of ['destination', 'sender', 'recipient', 'state'] as const) if (filter[key]) chosen[key] = filter[key]
  if (filter.older_than_s) chosen.older_than_s = Number(filter.older_than_s)
  const sought = stripped(words.trim())
  const [, side, behind = ''] = /^(from|to):(.*)$/is.exec(sought) ?? []
  const word = stripped(side === undefined ? sought : behind)
  const key = side?.toLowerCase() === 'from' ? 'sender' : 'recipient'
  if (side === undefined && ID.test(word)) chosen.ids = [word]
  else if (word) chosen[key] ??= holding(word)
  return Object.keys(chosen).length > 0 ? chosen : { everything: true }
}
