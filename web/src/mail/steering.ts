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

/** Give an order for all that it means; each answer names where the rest begins. */
export async function steer(path: string, order: Order, more: { dryRun?: boolean; post?: Post } = {}): Promise<Sum> {
  const post = more.post ?? ((to: string, body: unknown) => api.post<Done>(to, body))
  const sum: Sum = { messages: 0, recipients: 0, later: 0, missing: 0 }
  let cursor = ''
  do {
    const { data } = await post(path, { ...order, ...(more.dryRun ? { dry_run: true } : {}), cursor })
    sum.messages += data.messages
    sum.recipients += data.recipients
    sum.later += data.later
    sum.missing += data.missing.length
    cursor = data.next
  } while (cursor)
  return sum
}

/** The selection of rows, or of everything that the filter lets through. */
export function selectionOf(ids: readonly string[], filter: Readonly<Record<string, string>>): Selection {
  if (ids.length > 0) return { ids: [...new Set(ids)].slice(0, MOST_IDS) }
  const chosen: Selection = {}
  for (const key of ['destination', 'sender', 'recipient', 'state'] as const) if (filter[key]) chosen[key] = filter[key]
  if (filter.older_than_s) chosen.older_than_s = Number(filter.older_than_s)
  return Object.keys(chosen).length > 0 ? chosen : { everything: true }
}
