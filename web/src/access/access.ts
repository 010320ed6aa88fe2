// What the pages of access share: kinds and flags of IP filters, states of doors, scopes.
import { SCOPES } from '@/api/schema'

export type Kind = 'permitted' | 'trusted' | 'banned' | 'custom'
export type Flag = 'no_relay_check' | 'may_relay' | 'local_only' | 'no_login_needed'

export const KINDS: readonly Kind[] = ['permitted', 'trusted', 'banned', 'custom']
export const FLAGS: readonly Flag[] = ['no_relay_check', 'may_relay', 'local_only', 'no_login_needed']

export interface Filter {
  id: number
  place: number
  pattern: string
  kind: Kind
  flags: Flag[]
  comment: string
  hidden_by: number | null
}

export interface FilterPage {
  rows: Filter[]
  next: string
  total: number
  hidden: number
}

export interface Preview {
  pattern: string
  version: '4' | '6' | 'both'
  count: string
  is_single: boolean
  opens: 'none' | 'many' | 'everybody'
  you: string
  is_yours: boolean
}

/** The filter that shuts an address out: of IPv6 its network (/64), where the next one is a click away. */
export function blockOf(address: string): string {
  if (!address.includes(':') || address.includes('.')) return address
  const [before = '', after] = address.split('::')
  const head = before.split(':').filter(Boolean)
  const tail = (after ?? '').split(':').filter(Boolean)
  const middle = Array.from({ length: after === undefined ? 0 : 8 - head.length - tail.length }, () => '0')
  return `${[...head, ...middle, ...tail].slice(0, 4).join(':')}::/64`
}

export interface Tried {
  kind: Kind
  flags: Flag[]
  system: Filter | null
  own: Filter | null
}

export interface Door {
  node: string
  port: number
  state: 'opening' | 'open' | 'trouble' | 'elsewhere'
  reason: string
  sessions: number
  is_paused: boolean
}

export interface Service {
  service: string
  port: number
  default_port: number
  low_water: number
  high_water: number
  step: number
  is_open: boolean
  doors: Door[]
}

export interface Connection {
  address: string
  display_name: string
  default_domain: string
  bans_trap_senders: boolean
  services: Service[]
}

export type Tone = 'neutral' | 'accent' | 'ok' | 'warn' | 'bad'

export const kindTone = (kind: Kind): Tone => ({ permitted: 'neutral', trusted: 'ok', banned: 'bad', custom: 'accent' } as const)[kind]

/** How a service is, in one word: the worst of its doors. */
export function stateOf(service: Service): 'closed' | 'trouble' | 'paused' | 'opening' | 'open' | 'waiting' {
  if (!service.is_open) return 'closed'
  const doors = service.doors.filter((door) => door.state !== 'elsewhere')
  if (doors.some((door) => door.state === 'trouble')) return 'trouble'
  if (doors.some((door) => door.is_paused)) return 'paused'
  if (doors.some((door) => door.state === 'opening')) return 'opening'
  return doors.length ? 'open' : 'waiting'
}

/** The doors that something is to be said of: another computer's only where no computer has the address. */
export function toldDoors(service: Service): readonly Door[] {
  const here = service.doors.filter((door) => door.state !== 'elsewhere')
  return here.length ? here : service.doors
}

export const stateTone = (service: Service): Tone => ({ closed: 'neutral', trouble: 'bad', paused: 'warn', opening: 'accent', open: 'ok', waiting: 'warn' } as const)[stateOf(service)]

const WORST_FIRST = ['trouble', 'waiting', 'paused', 'opening', 'closed', 'open'] as const

/** The service of an address that is worst off; nothing: it has none. */
export const worstOf = (services: readonly Service[]): Service | undefined =>
  WORST_FIRST.map((state) => services.find((one) => stateOf(one) === state)).find(Boolean)

/** What the manual's dialog shows: 25 (system) where the port is 0. */
export const portOf = (service: Pick<Service, 'port' | 'default_port'>, system: string) =>
  service.port === 0 ? `${String(service.default_port)} (${system})` : String(service.port)

export const sessionsOf = (service: Service) => service.doors.reduce((sum, door) => sum + door.sessions, 0)

/** Names of the services that can be added, as the standards write them. */
export const SERVICES: Readonly<Record<string, string>> = {
  smtp: 'SMTP',
  submission: 'Submission',
  submissions: 'Submissions (TLS)',
  lmtp: 'LMTP',
  pop3: 'POP3',
  pop3s: 'POP3S (TLS)',
  imap: 'IMAP',
  imaps: 'IMAPS (TLS)',
}

/** Those that a new connection has: each with a port of its own (manual 5.5). */
export const USUAL_SERVICES = Object.keys(SERVICES).filter((service) => service !== 'lmtp')

/** How a service is encrypted. */
export const tlsOf = (service: string) => (service === 'lmtp' ? 'none' : /s$/.test(service) ? 'implicit' : 'starttls')

/** Put one of a list in another place, counted from 0. */
export function moved<T>(list: readonly T[], from: number, to: number): T[] {
  const result = [...list]
  const [taken] = result.splice(from, 1)
  if (taken !== undefined) result.splice(Math.max(0, Math.min(to, result.length)), 0, taken)
  return result
}

/** What no program needs: of a browser and whoever sits before it. */
const OF_BROWSERS = ['preferences', 'second_factor', 'session']
/** What those may have a key for who do not administer the whole system. */
const OF_DOMAINS = ['aliases', 'domains', 'keys', 'rules', 'sessions', 'users']
/** Not of the REST API: what monitoring fetches. */
const METRICS = 'metrics:read'

/** The scopes that a key can be given, by what they are about. */
export function keyScopes(isSystem: boolean): { resource: string; read: boolean; write: boolean }[] {
  const all: ReadonlySet<string> = new Set([...SCOPES, METRICS])
  const resources = [...new Set([...all].map((scope) => scope.split(':')[0] ?? ''))].sort()
  return resources
    .filter((one) => (isSystem ? !OF_BROWSERS.includes(one) : OF_DOMAINS.includes(one)))
    .map((resource) => ({ resource, read: all.has(`${resource}:read`), write: all.has(`${resource}:write`) }))
}

/** The senders of a pasted or read list: one a line, # begins a remark, doubles once. */
export function sendersOf(text: string): string[] {
  const words = text.split(/\r?\n/).map((line) => line.replace(/#.*/, '').split(/[,;\t]/)[0]?.trim().replace(/^"|"$/g, '') ?? '')
  return [...new Set(words.filter((word) => word !== ''))]
}
