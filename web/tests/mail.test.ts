// What is done with mail that waits, and how logs are read.
import { describe, expect, it } from 'vitest'
import type { Done, LogFile, LogLines } from '@/api/schema'
import { back, holding, localTime, onward, pieces, type Read } from '@/mail/logreading'
import { isOurs, withoutHost } from '@/mail/states'
import { selectionOf, steer } from '@/mail/steering'
import SEARCHES from './searches.json'

describe('why a try failed', () => {
  it('leaves out the host that was tried, and nothing else', () => {
    expect(withoutHost('mx.far.test[2001:db8::9]:2525: no connection (Connection refused)')).toBe('no connection (Connection refused)')
    expect(withoutHost('450 4.2.1 later: [it] says')).toBe('450 4.2.1 later: [it] says')
  })
  it('is not said by a host that was not reached', () => {
    expect(isOurs('mx.far.test[192.0.2.9]: no connection (Connection refused)')).toBe(true)
    expect(isOurs('450 4.2.1 mx.far.test[192.0.2.9]:25: later')).toBe(false)
  })
})

describe('an order', () => {
  it('goes on until nothing is left', async () => {
    const cursors: string[] = []
    const answers: Done[] = [
      { messages: 1, recipients: 3, later: 1, missing: [], next: '7' },
      { messages: 2, recipients: 2, later: 0, missing: ['9'], next: '' },
    ]
    const post = (_: string, body: unknown) => {
      cursors.push((body as { cursor: string }).cursor)
      return Promise.resolve({ data: answers[cursors.length - 1] as Done })
    }
    const sum = await steer('/queue/deeds', { deed: 'hold', selection: { everything: true } }, { post })
    expect([cursors, sum]).toEqual([['', '7'], { messages: 3, recipients: 5, later: 1, missing: 1 }])
  })
  it('names a thousand at most, and nobody twice', async () => {
    const amounts: number[] = []
    const post = (_: string, body: unknown) => {
      amounts.push((body as { selection: { ids: string[] } }).selection.ids.length)
      return Promise.resolve({ data: { messages: 0, recipients: 0, later: 0, missing: [], next: '' } })
    }
    const ids = Array.from({ length: 1_500 }, (_, at) => String(at))
    await steer('/queue/deeds', { deed: 'hold', selection: { ids: [...ids, '0'] } }, { post })
    expect(amounts).toEqual([1_000, 500])
  })
  it('for all that is listed means what the list shows, and all only where nothing narrows it', () => {
    expect(selectionOf({}, ' ')).toEqual({ everything: true })
    expect(selectionOf({ state: 'held', older_than_s: '3600' }, '')).toEqual({ state: 'held', older_than_s: 3600 })
    expect(selectionOf({ state: 'held' }, 'from: ')).toEqual({ state: 'held' })
    expect(selectionOf({ sender: 'c.test' }, 'from:a')).toEqual({ sender: 'c.test' })
    expect(selectionOf({ destination: 'c.test' }, '17.2')).toEqual({ destination: 'c.test', ids: ['17.2'] })
  })
  it.each(SEARCHES as [string, object][])('for a search (%j) is read as the server reads the search', (words, meant) => {
    expect(selectionOf({}, words)).toEqual(Object.keys(meant).length > 0 ? meant : { everything: true })
  })
})

describe('a log', () => {
  const FILES: Record<string, string[]> = { new: ['n1', 'n2'], old: ['o1', 'o2', 'o3'] }
  /** Two lines at a time; a place is the number of a line. */
  const read: Read = (file, { place, q }) => {
    const all = FILES[file] ?? []
    const end = Number(place) < 0 ? all.length : Number(place)
    const begin = Math.max(0, end - 2)
    const lines = all.slice(begin, end).map((text, at) => ({ at: begin + at, text })).filter(({ text }) => text.includes(String(q)))
    return Promise.resolve({ lines, begin, end, size_octets: 0 } satisfies LogLines)
  }
  const before = (file: string) => Promise.resolve(file === 'new' ? 'old' : undefined)

  it('goes from a period into the one before it', async () => {
    const found = await back(read, before, { file: 'new', at: -1 }, '', () => true)
    expect(found.lines.map((one) => one.text)).toEqual(['o1', 'o2', 'o3', 'n1', 'n2'])
    expect([found.place, found.end]).toEqual([null, 2])
  })
  it('stops where another question is asked', async () => {
    let parts = 0
    const found = await back(read, before, { file: 'new', at: -1 }, '', () => parts++ < 2)
    expect([found.lines.length, found.place]).toEqual([4, { file: 'old', at: 1 }])
  })
  it('has only lines with the words, whichever period they are of', async () => {
    const found = await back(read, before, { file: 'new', at: -1 }, '1', () => true)
    expect(found.lines.map((one) => `${one.file} ${one.text}`)).toEqual(['old o1', 'new n1'])
  })
  it('goes onward from a time into the periods after it', async () => {
    const asked: string[] = []
    const forward: Read = (file, { place, since }) => {
      const all = FILES[file] ?? []
      const begin = since ? 1 : Number(place)
      asked.push(`${file} ${since ?? place}`)
      const end = Math.min(all.length, begin + 1)
      return Promise.resolve({ lines: all.slice(begin, end).map((text, at) => ({ at: begin + at, text })), begin, end, size_octets: all.length })
    }
    const after = (file: string) => (file === 'old' ? 'new' : undefined)
    const found = await onward(forward, after, { file: 'old', at: 0, since: 'then' }, '', () => true)
    expect(found.lines.map((one) => one.text)).toEqual(['o2', 'o3', 'n1', 'n2'])
    expect([found.begin, found.end]).toEqual([1, { file: 'new', at: 2 }])
    expect(asked).toEqual(['old then', 'old 2', 'new 0', 'new 1'])
  })
  it('has a time in the oldest file that was written to since', () => {
    const file = (name: string, changed_at: string): LogFile => ({ name, size_octets: 1, changed_at })
    const files = [file('c', '2026-03-03T00:00:00Z'), file('b', '2026-03-02T00:00:00Z'), file('a', '2026-03-01T00:00:00Z')]
    expect(['2026-02-01', '2026-03-01T12:00:00Z', '2026-03-09'].map((moment) => holding(files, Date.parse(moment)))).toEqual(['a', 'b', 'c'])
    expect(localTime('undefined')).toBe('')
    expect(new Date(localTime('2026-03-01T12:34:56.000Z')).toISOString()).toBe('2026-03-01T12:34:56.000Z')
  })
  it('shows where the words are', () => {
    expect(pieces('a Needle', 'nEED')).toEqual([{ text: 'a ', isSought: false }, { text: 'Need', isSought: true }, { text: 'le', isSought: false }])
    expect(pieces('x', '')).toEqual([{ text: 'x', isSought: false }])
    expect(pieces('İ needle', 'needle')).toEqual([{ text: 'İ needle', isSought: false }])
  })
})
