// Reading a log: its files are one text, the newest last; from its end backward, from a time
// onward, forward as it grows, and only lines with words.
import { api } from '@/api/client'
import type { LogFile, LogFiles, LogLines, LogRow } from '@/api/schema'

export type Read = (file: string, query: Record<string, string | number>) => Promise<LogLines>
/** Names the file whose period is before that of a file; undefined: there is none. */
export type Before = (file: string) => Promise<string | undefined>
/** Names the one after it. */
export type After = (file: string) => string | undefined

export interface Line extends LogRow {
  file: string
}

/** Everything before it is still to be read; -1 is the end of the file. */
export interface Place {
  file: string
  at: number
}

export interface Found {
  lines: Line[]
  /** Where what is before them ends; null: that was the beginning. */
  place: Place | null
  /** Where the file that was read first goes on. */
  end: number
}

const AT_ONCE = 200
const MOST_PARTS = 64

/** Read what is before a place. It goes on until it has enough, or comes to the beginning. */
export async function back(read: Read, before: Before, from: Place, words: string, isWanted: () => boolean): Promise<Found> {
  const lines: Line[] = []
  let place: Place | null = from
  let end = -1
  for (let part = 0; place && part < MOST_PARTS && lines.length < AT_ONCE && isWanted(); part++) {
    const { file, at }: Place = place
    const found = await read(file, { place: at, direction: 'backward', limit: AT_ONCE, q: words })
    if (end < 0) end = found.end
    lines.unshift(...found.lines.map((line) => ({ ...line, file })))
    place = found.begin > 0 ? { file, at: found.begin } : await placeBefore(before, file)
  }
  return { lines, place, end }
}

async function placeBefore(before: Before, file: string): Promise<Place | null> {
  const name = await before(file)
  return name === undefined ? null : { file: name, at: -1 }
}

/** Read what is behind a place, or was written from a time on (ISO 8601); `end` is where it goes on. */
export async function onward(read: Read, after: After, from: Place & { since?: string }, words: string, isWanted: () => boolean): Promise<{ lines: Line[]; begin: number; end: Place }> {
  const lines: Line[] = []
  let { file, at, since } = from
  let begin = -1
  for (let part = 0; part < MOST_PARTS && lines.length < AT_ONCE && isWanted(); part++) {
    const found = await read(file, { place: at, direction: 'forward', limit: AT_ONCE, q: words, ...(since ? { since } : {}) })
    if (begin < 0) begin = found.begin
    lines.push(...found.lines.map((line) => ({ ...line, file })))
    const isOver = found.end >= found.size_octets || found.end === found.begin
    at = found.end
    since = undefined
    if (!isOver) continue
    const next = after(file)
    if (next === undefined) break
    file = next
    at = 0
  }
  return { lines, begin, end: { file, at } }
}

/** Of files, the newest first, the one in which a time (ms since 1970) is. */
export const holding = (files: readonly LogFile[], moment: number): string => (files.filter((one) => !one.changed_at || Date.parse(one.changed_at) >= moment).at(-1) ?? files[0])?.name ?? ''

/** A time as a field of the browser has it: local, without a zone. */
export function localTime(moment: string): string {
  const at = new Date(moment)
  return Number.isNaN(at.getTime()) ? '' : new Date(at.getTime() - at.getTimezoneOffset() * 60_000).toISOString().slice(0, 19)
}

export const readerOf = (service: string, node: string): Read => async (file, query) =>
  (await api.get<LogLines>(`/logs/${service}/${encodeURIComponent(file)}`, { ...query, node })).data

export const listFiles = async (service: string, node: string, cursor = ''): Promise<LogFiles> => (await api.get<LogFiles>(`/logs/${service}`, { cursor, node })).data

export interface Piece {
  text: string
  isSought: boolean
}

/** Part a line where the words are that were sought, in whatever case. */
export function pieces(text: string, words: string): Piece[] {
  const lowered = text.toLowerCase()
  const sought = words.toLowerCase()
  // A letter whose small form is longer would shift all that follows it.
  if (!sought || lowered.length !== text.length) return [{ text, isSought: false }]
  const found: Piece[] = []
  let at = 0
  for (let hit = lowered.indexOf(sought); hit >= 0; hit = lowered.indexOf(sought, at)) {
    if (hit > at) found.push({ text: text.slice(at, hit), isSought: false })
    at = hit + sought.length
    found.push({ text: text.slice(hit, at), isSought: true })
  }
  if (at < text.length) found.push({ text: text.slice(at), isSought: false })
  return found
}
