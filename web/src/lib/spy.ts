// Lines of a trace in a pane: kept few, filtered, told apart, written to a file. Pure.
//
// Manual: 9.2.

export interface SpyLine {
  number: number
  at: number
  service: string
  node: string
  session: string
  peer: string
  user: string
  event: string
  text: string
}

/** A line, or a place where some are missing. */
export type SpyRow = SpyLine | { number: number; dropped: number }

export const MOST_LINES = 5_000

/** The manual's events of each service (9.2.1 to 9.2.4). */
export const EVENTS: Readonly<Record<string, readonly string[]>> = {
  smtpmax: ['connections', 'commands', 'errors', 'mail'],
  popmax: ['connections', 'commands', 'errors', 'logins', 'statistics', 'transfers'],
  imapmax: ['connections', 'commands', 'errors', 'logins', 'transfers'],
  queuemax: ['connections', 'errors', 'retries', 'failures', 'dead_mail', 'conversation'],
  logins: [],
}
export const SERVICES = ['smtpmax', 'popmax', 'imapmax', 'queuemax', 'logins'] as const
export type SpyService = (typeof SERVICES)[number]

export const isGap = (row: SpyRow): row is { number: number; dropped: number } => 'dropped' in row

/** Add what came; the oldest go where there are too many. */
export function added(rows: readonly SpyRow[], dropped: number, lines: readonly SpyLine[]): SpyRow[] {
  const first = lines[0]?.number ?? (rows.at(-1)?.number ?? 0) + 1
  const gap: SpyRow[] = dropped > 0 ? [{ number: first - 0.5, dropped }] : []
  return [...rows, ...gap, ...lines].slice(-MOST_LINES)
}

export interface SpyFilter {
  text: string
  session: string
}

/** What of it is shown: rows that hold all words, of one session or of all. */
export function chosen(rows: readonly SpyRow[], filter: SpyFilter): readonly SpyRow[] {
  const words = filter.text.toLowerCase().split(/\s+/).filter(Boolean)
  if (words.length === 0 && !filter.session) return rows
  return rows.filter((row) => {
    if (isGap(row)) return !filter.session
    if (filter.session && row.session !== filter.session) return false
    const all = `${row.peer} ${row.user} ${row.session} ${row.text}`.toLowerCase()
    return words.every((word) => all.includes(word))
  })
}

const TONES = ['text-sky-300', 'text-emerald-300', 'text-violet-300', 'text-amber-300', 'text-pink-300', 'text-teal-300', 'text-orange-300', 'text-indigo-300'] as const

/** The colour of a session: the same wherever it is seen. */
export function toneOf(session: string): string {
  let sum = 0
  for (const letter of session) sum = (sum * 31 + (letter.codePointAt(0) ?? 0)) % 65_521
  return TONES[sum % TONES.length] ?? TONES[0]
}

export interface Saying {
  /** C: the client said it, S: the server did; empty: nobody said it. */
  sign: 'C:' | 'S:' | ''
  words: string
}

/** Take a line's words apart: who said it stands before them, the peer beside them. */
export function saying(line: SpyLine): Saying {
  const found = /^\S+ ([<>]) (.*)$/s.exec(line.text)
  if (found) {
    // What comes in (>) is a client's, but QueueMax is the client itself.
    const isClients = (found[1] === '>') !== (line.service === 'queuemax')
    return { sign: isClients ? 'C:' : 'S:', words: found[2] ?? '' }
  }
  const isDoubled = line.peer !== '' && line.text.startsWith(`${line.peer} `)
  return { sign: '', words: isDoubled ? line.text.slice(line.peer.length + 1) : line.text }
}

/** Whether a line speaks of a failure, so that it stands out. */
export const isBad = (line: SpyLine): boolean => /Fail|Error|Refus|Reject|Bounce|Dead/.test(line.event) || /^\S+ [<>] ([45]\d\d[ -]|-ERR|\S+ (NO|BAD) )/.test(line.text)

/** The time of day in milliseconds, as logs have it. */
export function clock(at: number): string {
  const moment = new Date(at * 1000)
  const two = (value: number) => String(value).padStart(2, '0')
  return `${two(moment.getHours())}:${two(moment.getMinutes())}:${two(moment.getSeconds())}.${String(moment.getMilliseconds()).padStart(3, '0')}`
}

/** Write rows as `mailmax spy` does: when, service, computer, session, user, text. */
export function asLog(rows: readonly SpyRow[]): string {
  return rows
    .map((row) =>
      isGap(row)
        ? `... ${row.dropped} lines dropped`
        : [new Date(row.at * 1000).toISOString(), row.service, row.node, row.session || '-', row.peer || '-', row.user || '-', row.text].join(' '),
    )
    .map((line) => `${line}\n`)
    .join('')
}
