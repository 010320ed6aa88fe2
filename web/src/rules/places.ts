// Whose rules: the system's, a domain's, a user's (manual 4.7, 6.4, 7.5). Pure.
import type { LocationQuery } from 'vue-router'
import type { Session } from '@/api/session'

export type RuleScope = 'system' | 'domain' | 'user'

export interface RulePlace {
  scope: RuleScope
  /** Of the domain, or the user's address. */
  name: string
}

export interface RuleRow {
  number: number
  place: number
  name: string
  enabled: boolean
  summary: string
  hits: number
  last_hit_at: string | null
  conditions: { kind: string }[] | null
  actions: { kind: string }[] | null
}

/** Where a list of rules is in the API. */
export function pathOf({ scope, name }: RulePlace): string {
  if (scope === 'system') return '/rules'
  return `/${scope}s/${encodeURIComponent(name)}/rules`
}

/** The same for the command line. */
export const whoseOf = ({ scope, name }: RulePlace): string[] => (scope === 'system' ? ['--system'] : [`--${scope}`, name])

export const queryOf = ({ scope, name }: RulePlace): Record<string, string> => (name ? { scope, name } : { scope })

const own = (who: Session | null): RulePlace => {
  if (who?.role === 'system') return { scope: 'system', name: '' }
  if (who?.role === 'domains') return { scope: 'domain', name: who.domains[0] ?? '' }
  return { scope: 'user', name: who?.name ?? '' }
}

/** What an address bar says, or else what is nearest to who looks. */
export function placeOf(query: LocationQuery, who: Session | null): RulePlace {
  const scope = query.scope
  const name = typeof query.name === 'string' ? query.name : ''
  if (who?.role === 'user') return own(who)
  if (scope === 'system' && who?.role === 'system') return { scope, name: '' }
  if (scope === 'domain' || scope === 'user') return { scope, name: name || (scope === 'domain' ? own(who).name : '') }
  return own(who)
}
