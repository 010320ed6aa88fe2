// What a person writes into mailmax.toml for a value, and how it comes to act. Pure.
import type { Local, LocalValue } from '@/api/schema'

/** The groups of the page, in the order of the manual (3.1, 3.2, 3.3). */
export const GROUPS: readonly { name: string; keys: readonly string[] }[] = [
  { name: 'hub', keys: ['hub.address', 'hub.listen', 'database_url'] },
  { name: 'web', keys: ['base_port', 'web.listen', 'web.names', 'web.proxies', 'trust_loopback'] },
  { name: 'virus', keys: ['virus_updates.daily_at', 'virus_updates.every_hours', 'virus_updates.on_start', 'virus_updates.command', 'virus_updates.timeout_minutes'] },
  { name: 'computer', keys: ['dir', 'node', 'run_as', 'programs.read'] },
]

/** The directories, in the order of the manual's dialog. */
export const PLACES = ['logs', 'logs_smtp', 'logs_queue', 'logs_pop', 'logs_imap', 'journal', 'working', 'etrn', 'virus', 'mail', 'queue', 'quarantine', 'data', 'run', 'tls', 'secrets'].map((name) => `directories.${name}`)

/** Write a value as a person types it: a list one a line. */
export const typedOf = (value: unknown): string => (Array.isArray(value) ? value.join('\n') : value === null ? '' : String(value))

const quoted = (text: string) => JSON.stringify(text)

/** Write what was typed as TOML, in the kind of the value that holds. */
export function tomlOf(kind: unknown, typed: string): string {
  const lines = typed.split('\n').map((one) => one.trim()).filter(Boolean)
  if (Array.isArray(kind)) return `[${lines.map(quoted).join(', ')}]`
  if (typeof kind === 'boolean') return typed === 'true' ? 'true' : 'false'
  if (typeof kind === 'number') return /^\d+$/.test(typed.trim()) ? typed.trim() : quoted(typed.trim())
  return quoted(typed.trim())
}

/** The lines for the file: a value of a part stands below the part's heading. */
export function linesFor(key: string, toml: string): string {
  const [part = '', name] = key.split('.')
  return name === undefined ? `${part} = ${toml}` : `[${part}]\n${name} = ${toml}`
}

const shell = (text: string) => (/^[\w@%+=:,./-]+$/.test(text) ? text : `'${text.replaceAll("'", `'\\''`)}'`)

/** The commands around the change of the file. */
export function commandsFor(local: Local, value: LocalValue, typed: string): string {
  const root = String(local.values.find((one) => one.key === 'dir')?.value ?? '')
  const place = local.places.find((one) => one.key === value.key)
  const wanted = typed.trim()
  const moves = place && wanted && wanted !== place.path ? [`mv ${shell(place.path)} ${shell(wanted.startsWith('/') ? wanted : `${root}/${wanted}`)}`] : []
  return ['systemctl stop mailmax', ...moves, `$EDITOR ${shell(local.file)}`, 'systemctl start mailmax', `mailmax config check --dir ${shell(root)}`].join('\n')
}
