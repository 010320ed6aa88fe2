// What is typed into the wizard, and what becomes of it. Pure.
//
// Manual: 1.4; what is asked is what `mailmax setup` asks (mailmax/cli/answers.py).
import { makePassword } from '@/lib/password'

export const STEPS = ['password', 'host', 'domain', 'places', 'users', 'summary'] as const
export type Step = (typeof STEPS)[number]

/** Directories that may lie elsewhere, and where they do without a word. */
export const DIRECTORIES = ['mail', 'queue', 'journal', 'logs', 'data'] as const
export type Directory = (typeof DIRECTORIES)[number]

export interface Findings {
  root: string
  host_name: string
  addresses: string[]
  name_servers: string[]
  base_port: number
  is_root: boolean
}

export interface Person {
  /** One of the usual names, or one's own mailbox, whose name is typed. */
  kind: 'postmaster' | 'admin' | 'root' | 'own'
  isOn: boolean
  name: string
  password: string
  administrator: boolean
}

export interface Draft {
  hostPassword: string
  hostname: string
  ip: string
  basePort: number | string | null
  trustLoopback: boolean
  nameServers: string
  smartHost: string
  domain: string
  directories: Record<Directory, string>
  databaseUrl: string
  runAs: string
  people: Person[]
}

export interface Answers {
  host_password: string
  hostname: string
  ip: string
  base_port: number
  trust_loopback: boolean
  name_servers: string[]
  smart_host: string
  domain: string
  directories: Record<string, string>
  database_url: string
  run_as: string
  users: { name: string; password: string; administrator: boolean }[]
}

const person = (kind: Person['kind'], isOn: boolean, administrator: boolean): Person => ({ kind, isOn, name: kind === 'own' ? '' : kind, password: makePassword(), administrator })

/** What the wizard begins with: what was found, and passwords that nobody has seen. */
export function firstDraft(found: Findings): Draft {
  return {
    hostPassword: makePassword(),
    hostname: found.host_name,
    ip: '*',
    basePort: found.base_port,
    trustLoopback: false,
    nameServers: '',
    smartHost: '',
    domain: '',
    directories: { mail: 'mail', queue: 'queue', journal: 'journal', logs: 'logs', data: 'data' },
    databaseUrl: '',
    runAs: '',
    people: [person('postmaster', true, false), person('admin', false, false), person('root', false, false), person('own', true, true)],
  }
}

/** Those who are to be users: ticked, and one's own mailbox where it has a name. */
export const chosen = (draft: Draft) => draft.people.filter((one) => one.isOn && (one.kind !== 'own' || one.name.trim() !== ''))

const words = (text: string) => text.replaceAll(',', ' ').split(/\s+/).filter(Boolean)

/** What is sent. */
export function answersOf(draft: Draft): Answers {
  return {
    host_password: draft.hostPassword,
    hostname: draft.hostname.trim(),
    ip: draft.ip.trim(),
    base_port: typeof draft.basePort === 'number' ? draft.basePort : 0,
    trust_loopback: draft.trustLoopback,
    name_servers: words(draft.nameServers),
    smart_host: draft.smartHost.trim(),
    domain: draft.domain.trim(),
    directories: Object.fromEntries(DIRECTORIES.map((name) => [name, draft.directories[name].trim()])),
    database_url: draft.databaseUrl.trim(),
    run_as: draft.runAs.trim(),
    users: chosen(draft).map(({ name, password, administrator }) => ({ name: name.trim(), password, administrator })),
  }
}

const STEP_OF: readonly (readonly [RegExp, Step])[] = [
  [/^host_password$/, 'password'],
  [/^(hostname|ip|base_port|trust_loopback|name_servers|smart_host)$/, 'host'],
  [/^domain$/, 'domain'],
  [/^(dir|directories\..*|database_url|run_as|web\..*)$/, 'places'],
  [/^users/, 'users'],
]

/** The step that has a field; where none has, what is wrong is told at the end. */
export const stepOf = (field: string): Step => STEP_OF.find(([form]) => form.test(field))?.[1] ?? 'summary'

/** What is kept over a reload of the page: no password. */
export function kept(draft: Draft): string {
  return JSON.stringify({ ...draft, hostPassword: '', people: draft.people.map((one) => ({ ...one, password: '' })) })
}

/** Take up what was kept; what is no draft any more is left aside. */
export function takenUp(text: string | null, draft: Draft): Draft {
  try {
    const found = JSON.parse(text ?? '') as Draft
    const people = draft.people.map((one, at) => ({ ...one, ...found.people[at], password: one.password }))
    return { ...draft, ...found, hostPassword: draft.hostPassword, people }
  } catch {
    return draft
  }
}
