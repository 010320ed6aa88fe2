// What a form of a saved connection changes, and where a refusal belongs in it. Pure.
import type { Problem } from '@/api/problem'
import type { MemberPlace, System } from '@/api/schema'

export interface Typed {
  name: string
  host: string
  port: number | string
  password: string
  group: string
}

export const FIELDS: readonly string[] = ['name', 'host', 'port', 'password', 'group']

/** Of what is typed, that which is another than what is kept. */
export function changesOf(kept: System, typed: Typed): Partial<Record<keyof Typed, string | number>> {
  const name = typed.name.trim()
  const host = typed.host.trim()
  const port = Number(typed.port)
  return {
    ...(name !== kept.name && { name }),
    ...(host !== kept.host && { host }),
    ...(port !== kept.port && { port }),
    ...(typed.password !== '' && { password: typed.password }),
    ...(typed.group !== kept.group && { group: typed.group }),
  }
}

/** The hub speaks of one address where the form has host and port. */
export const fieldOf = (problem: Pick<Problem, 'field' | 'code'>) => {
  if (problem.code === 'system_password') return 'password'
  return problem.field === 'address' ? 'host' : problem.field
}

export interface TypedMember {
  name: string
  host: string
  port: number | string
  smtp_address: string
  password: string
}

export const MEMBER_FIELDS: readonly string[] = ['name', 'host', 'port', 'smtp_address', 'password']

/** Of what is typed of a member, that which is another than what is kept. */
export function memberChanges(kept: MemberPlace, typed: TypedMember): Partial<Record<keyof TypedMember, string | number>> {
  const found: Partial<Record<keyof TypedMember, string | number>> = {}
  for (const key of ['name', 'host', 'smtp_address'] as const) if (typed[key].trim() !== kept[key]) found[key] = typed[key].trim()
  if (Number(typed.port) !== kept.port) found.port = Number(typed.port)
  if (typed.password !== '') found.password = typed.password
  return found
}

/** As for systems: the hub speaks of one address. */
export const memberField = (problem: Pick<Problem, 'field'>) => (problem.field === 'datamax_address' ? 'host' : problem.field)
