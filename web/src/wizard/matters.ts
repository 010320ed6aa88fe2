// What a system needs before mail comes and goes, and whether it is there. Pure.
//
// Manual: 1.4.

export type State = 'done' | 'open' | 'own' | 'try'

export interface Facts {
  hasConnections: boolean
  isFirstHostPassword: boolean
  /** Normal domains here; of very many the first. */
  domains: readonly string[]
  /** Addresses of users and aliases that are called postmaster. */
  postmasters: readonly string[]
  administrators: number
  hostname: string
  nameServers: readonly string[]
  /** A test message has arrived. */
  hasTested: boolean
}

export interface Matter {
  key: 'host_password' | 'hostname' | 'connection' | 'name_servers' | 'domain' | 'postmaster' | 'administrator' | 'directories' | 'test'
  /** Done; still to be done; as the computer has it, which may be right; or worth a try. */
  state: State
}

/** Domains to whose postmaster nobody listens. */
export function withoutPostmaster(facts: Pick<Facts, 'domains' | 'postmasters'>): string[] {
  const there = new Set(facts.postmasters.map((one) => one.toLowerCase()))
  return facts.domains.filter((domain) => !there.has(`postmaster@${domain}`))
}

/** All that matters, in the order in which it is done. */
export function matters(facts: Facts): Matter[] {
  const state = (isDone: boolean): State => (isDone ? 'done' : 'open')
  return [
    { key: 'host_password', state: state(!facts.isFirstHostPassword) },
    { key: 'hostname', state: facts.hostname ? 'done' : 'own' },
    { key: 'connection', state: state(facts.hasConnections) },
    { key: 'name_servers', state: facts.nameServers.length > 0 ? 'done' : 'own' },
    { key: 'domain', state: state(facts.domains.length > 0) },
    { key: 'postmaster', state: state(facts.domains.length > 0 && withoutPostmaster(facts).length === 0) },
    { key: 'administrator', state: state(facts.administrators > 0) },
    { key: 'directories', state: 'own' },
    { key: 'test', state: facts.hasTested ? 'done' : 'try' },
  ]
}
