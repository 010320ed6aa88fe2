// A rule as it is given on the command line: --if and --do (docs/howto/rules.md). Pure.
import { built, type Part, type Side } from './kinds'

const DAYS = ['Sunday', 'Monday', 'Tuesday', 'Wednesday', 'Thursday', 'Friday', 'Saturday']
const SIGNS: Readonly<Record<string, string>> = { equal: '=', not_equal: '!=', less: '<', greater: '>', less_or_equal: '<=', greater_or_equal: '>=' }

const text = (value: unknown) => (value === null || value === undefined ? '' : String(value as string | number))

/** A text as one word. */
function word(value: unknown): string {
  const escaped = text(value).replace(/\\/g, '\\\\').replace(/"/g, '\\"').replace(/\n/g, '\\n').replace(/\t/g, '\\t')
  return `"${escaped}"`
}

const sought = (part: Part) => `${part.whole_word ? 'word ' : ''}${word(part.text)}`

function moment(name: string, part: Part, first: string, last: string): string {
  const verb = text(part.comparison).replaceAll('_', ' ')
  return part.comparison === 'between' ? `${name} ${verb} ${first} and ${last}` : `${name} ${verb} ${first}`
}

const day = (value: unknown) => DAYS[Number(value) - 1] ?? ''

function header(part: Part): string {
  if (!part.text) return part.does_not_contain ? 'is missing' : 'exists'
  return `${part.does_not_contain ? 'lacks' : 'contains'} ${sought(part)}`
}

const letter = (part: Part) =>
  ([['subject', 'subject'], ['name', 'name'], ['from', 'reply_address']] as const).map(([keyword, key]) => (part[key] ? ` ${keyword} ${word(part[key])}` : '')).join('')

const WRITE: Readonly<Record<string, (part: Part) => string>> = {
  size: (part) => (part.comparison === 'between' ? `size between ${text(part.octets)} and ${text(part.upper_octets)}` : `size ${SIGNS[text(part.comparison)] ?? ''} ${text(part.octets)}`),
  date: (part) => moment('date', part, text(part.date), text(part.last_date)),
  time: (part) => moment('time', part, text(part.time), text(part.last_time)),
  day_of_week: (part) => moment('day', part, day(part.day), day(part.last_day)),
  header: (part) => `header ${word(part.name)} ${header(part)}`,
  body: (part) => `body contains ${sought(part)}`,
  whole_mail: (part) => `mail contains ${sought(part)}`,
  attachment_name: (part) => `attachment named ${sought(part)}`,
  file_type: (part) => `attachment type ${word(part.extension)}`,
  any_message: () => 'any',
  external_test: (part) => `program ${word(part.command)}${part.failing === 'try_again' ? '' : ` failing ${text(part.failing)}`}`,
  store: (part) => `store ${word(part.mailbox)}`,
  forward: (part) => ['forward', ...(part.addresses as readonly string[]).map(word)].join(' '),
  discard: () => 'discard',
  discard_attachment: () => 'discard attachments',
  respond_text: (part) => `respond ${word(part.text)}${letter(part)}`,
  respond_file: (part) => `respond file ${word(part.path)}${letter(part)}`,
  note: (part) => `note ${word(part.text)}${letter(part)}`,
  terminate: () => 'stop',
  run_program: (part) => `run ${word(part.command)}`,
}

/** One part, as behind --if or --do. */
export const written = (side: Side, part: Part): string => WRITE[part.kind]?.(built(side, part)) ?? ''

/** A word for a shell. */
export const shell = (value: string) => (/^[\w@%+=:,./-]+$/.test(value) ? value : `'${value.replace(/'/g, `'\\''`)}'`)

export interface Written {
  /** Of one that is kept; 0: a new one. */
  number: number
  whose: readonly string[]
  name: string
  conditions: readonly Part[]
  actions: readonly Part[]
}

/** The whole command. */
export function command(rule: Written): string {
  const begin = rule.number ? `mailmax rule change ${String(rule.number)} --name ${shell(rule.name)}` : `mailmax rule add ${shell(rule.name)}`
  const lines = [
    [begin, ...rule.whose].join(' '),
    ...rule.conditions.map((part) => `  --if ${shell(written('conditions', part))}`),
    ...rule.actions.map((part) => `  --do ${shell(written('actions', part))}`),
  ]
  return lines.join(' \\\n')
}
