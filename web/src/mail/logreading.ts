// Reading a log: from its end backward, forward as it grows, and only lines with words.
import { api } from '@/api/client'
import type { LogLines, LogRow } from '@/api/schema'

export type Read = (query: Record<string, string | number>) => Promise<LogLines>

const AT_ONCE = 200
const MOST_PARTS = 64

/** What is before a place. A search goes on until it has found some, or comes to the begin. */
export async function back(read: Read, place: number, words: string, isWanted: () => boolean): Promise<{ lines: LogRow[]; begin: number; end: number }> {
  const lines: LogRow[] = []
  let begin = place
  let end = -1
  for (let part = 0; part < MOST_PARTS && isWanted(); part++) {
    const found = await read({ place: begin, direction: 'backward', limit: AT_ONCE, q: words })
    if (end < 0) end = found.end
    lines.unshift(...found.lines)
    begin = found.begin
    if (begin === 0 || lines.length >= AT_ONCE || !words) break
  }
  return { lines, begin, end }
}

export const readerOf = (service: string, file: string, node: string): Read => async (query) =>
  (await api.get<LogLines>(`/logs/${service}/${encodeURIComponent(file)}`, { ...query, node })).data
