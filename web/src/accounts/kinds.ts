// Types of users and domains as filters: a chip each, one list for the server. Pure.
import { filterQuery } from '@/kit/datatable'
import type { Tri } from '@/kit/tri'

/** Those that are wanted; without any, all but those that are not. */
export function kindFilter(chosen: Readonly<Record<string, Tri>>, kinds: readonly string[]): Record<string, string> {
  const others = Object.fromEntries(Object.entries(chosen).filter(([key]) => !kinds.includes(key)))
  const wanted = kinds.filter((kind) => chosen[kind] === 'yes')
  const left = kinds.filter((kind) => chosen[kind] !== 'no')
  const named = wanted.length ? wanted : left
  return { ...filterQuery(others), ...(named.length === kinds.length ? {} : { kind: named.join(',') }) }
}
