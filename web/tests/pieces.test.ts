// The pure pieces: what they decide.
import { blockOf, keyScopes, toldDoors, worstOf, type Door, type Service } from '@/access/access'
import { afterEach, describe, expect, it, vi } from 'vitest'
import { queryText } from '@/api/client'
import { listen, resumed, waitBefore } from '@/api/events'
import { cell, COUNT_STEPS, csv, extent, OCTET_STEPS, path } from '@/kit/chartdata'
import { ariaSort, bounded, filterQuery, laid, moved, nextSort } from '@/kit/datatable'
import { rowAct, stepTo } from '@/kit/tablekeys'
import { nextTri } from '@/kit/tri'
import { advice } from '@/lib/advice'
import { changed, isOwn, rebased, shown } from '@/lib/draft'
import { axisTimes, moment } from '@/lib/format'
import { preferred, useLanguage } from '@/lib/i18n'
import { safeNext } from '@/lib/next'
import { typeOf, type SettingRow } from '@/lib/settings'
import { unitFor } from '@/lib/sizes'
import { lettersAfterG } from '@/lib/typing'
import { whoName } from '@/lib/who'
import { fit, search } from '@/shell/palette'
import { maySee, navigation, type PageRoute } from '@/shell/routes'

const row: SettingRow = { key: 'vrfy', value: true, own: true, source: 'system', default: false }

describe('a draft', () => {
  it('forgets a change that goes back', () => {
    const draft = changed({}, row, false)
    expect(draft).toEqual({ vrfy: false })
    expect(changed(draft, row, true)).toEqual({})
  })
  it('resets to what is above', () => {
    const draft = changed({}, row, null)
    expect([shown(row, draft), isOwn(row, draft)]).toEqual([false, false])
    expect(changed({}, { ...row, own: false }, null)).toEqual({})
  })
  it('keeps what still differs when another changed it', () => {
    expect(rebased({ vrfy: false, gone: 1 }, [row])).toEqual({ vrfy: false })
    expect(rebased({ vrfy: false }, [{ ...row, value: false }])).toEqual({})
  })
})

describe('a list', () => {
  const columns = [{ key: 'a', label: 'A', width: 100 }, { key: 'b', label: 'B', width: 100, hidden: true }]
  it('lays what was kept over its columns', () => {
    const found = laid(columns, [{ key: 'b', width: 5, hidden: false }, { key: 'gone', width: 9, hidden: false }])
    expect(found.map(({ key, width, hidden }) => [key, width, hidden])).toEqual([['b', 48, false], ['a', 100, false]])
  })
  it('moves, sorts and filters', () => {
    expect(moved([1, 2, 3], 0, 2)).toEqual([2, 3, 1])
    expect([nextSort('', 'a'), nextSort('a', 'a'), nextSort('-a', 'a')]).toEqual(['a', '-a', 'a'])
    expect([ariaSort('a', 'a'), ariaSort('-a', 'a'), ariaSort('b', 'a')]).toEqual(['ascending', 'descending', 'none'])
    expect(filterQuery({ on: 'yes', off: 'no', both: 'any' })).toEqual({ on: 'true', off: 'false' })
    expect([bounded(3), bounded(99_999)]).toEqual([48, 1200])
    expect([nextTri('any'), nextTri('yes'), nextTri('no')]).toEqual(['yes', 'no', 'any'])
  })
  it('knows its keys', () => {
    const press = (key: string, ctrlKey = false) => rowAct({ key, ctrlKey, metaKey: false, altKey: false })
    expect([press('j'), press('x'), press('F2'), press('Delete'), press('j', true)]).toEqual(['down', 'select', 'rename', 'remove', undefined])
    expect([stepTo('down', 9, 10), stepTo('up', 0, 10), stepTo('last', 0, 10)]).toEqual([9, 0, 9])
  })
})

describe('addresses', () => {
  it('write queries as the API reads them', () => {
    expect(queryText({ q: 'a b', limit: 5, cursor: '', filter: { type: 'spam' } })).toBe('?q=a+b&limit=5&filter%5Btype%5D=spam')
    expect(queryText()).toBe('')
  })
  it('lead to no other site after signing in', () => {
    expect(['/queue', '//evil.example', '/\\evil.example', 'https://evil.example', null].map(safeNext)).toEqual(['/queue', '/', '/', '/', '/'])
  })
})

describe('a stream', () => {
  afterEach(() => {
    vi.useRealTimers()
  })
  it('is opened again with the last id, later each time', () => {
    vi.useFakeTimers()
    const made: (EventTarget & { url: string; readyState: number; onerror?: () => void; close: () => void })[] = []
    const source = (url: string) => {
      const one = Object.assign(new EventTarget(), { url, readyState: 1, close: vi.fn() })
      made.push(one)
      return one as unknown as EventSource
    }
    const heard: unknown[] = []
    const listening = listen('/api/v1/events?trace=1', { on: { line: (data) => heard.push(data) }, source })
    made[0]?.dispatchEvent(new MessageEvent('line', { data: '{"n":1}', lastEventId: '7' }))
    if (made[0]) made[0].readyState = 2
    made[0]?.onerror?.()
    vi.advanceTimersByTime(waitBefore(0))
    expect(heard).toEqual([{ n: 1 }])
    expect(made.map((one) => one.url)).toEqual(['/api/v1/events?trace=1', '/api/v1/events?trace=1&last_event_id=7'])
    listening.close()
    expect(made[1]?.close).toHaveBeenCalled()
  })
  it('waits at most half a minute', () => {
    expect([waitBefore(0), waitBefore(2), waitBefore(50)]).toEqual([1000, 4000, 30000])
    expect(resumed('/a', 'x y')).toBe('/a?last_event_id=x%20y')
  })
})

describe('an address that is shut out', () => {
  it('is one of IPv4, and a network of IPv6', () => {
    expect(['192.0.2.7', '::ffff:192.0.2.7'].map(blockOf)).toEqual(['192.0.2.7', '::ffff:192.0.2.7'])
    expect(blockOf('2001:db8::1')).toBe('2001:db8:0:0::/64')
    expect(blockOf('2001:db8:1:2:3:4:5:6')).toBe('2001:db8:1:2::/64')
    expect(blockOf('::1')).toBe('0:0:0:0::/64')
  })
})

describe('a graph', () => {
  it('goes up by whole counts, and by round sizes', () => {
    expect(COUNT_STEPS.slice(0, 7)).toEqual([1, 2, 5, 10, 20, 50, 100])
    expect([COUNT_STEPS, OCTET_STEPS].map((steps) => steps.every((one, at) => Number.isInteger(one) && one > (steps[at - 1] ?? 0)))).toEqual([true, true])
    expect(OCTET_STEPS.slice(8, 11)).toEqual([500, 1024, 2048])
  })
  it('leaves gaps, and says its numbers', () => {
    expect(path([0, null, 10], 10, 10)).toBe('M0.0 10.0M10.0 0.0')
    expect(extent([null, 3, 1, 2])).toEqual({ now: 2, low: 1, high: 3 })
    expect(extent([null])).toBeNull()
    expect(['=1+1', '+1', '-1', '@a', '\ta', 'a=1', '2'].map(cell)).toEqual(["'=1+1", "'+1", "'-1", "'@a", "'\ta", 'a=1', '2'])
    expect(cell('=a,"b"')).toBe(`"'=a,""b"""`)
    expect(csv([0], [{ key: 'a', label: 'a,b', colour: 'ok', values: [4] }], 'Time')).toBe('Time,"a,b"\r\n1970-01-01T00:00:00.000Z,4')
  })
})

describe('pages', () => {
  const page = (name: string, more: Partial<PageRoute>): PageRoute => ({ path: `/${name}`, name, title: name, page: () => Promise.resolve(), ...more })
  const icon = {}
  const pages = [page('b', { nav: { section: 'system', order: 2, icon } }), page('a', { nav: { section: 'main', order: 1, icon } }), page('mine', { roles: ['user'], nav: { section: 'account', order: 1, icon } })]
  it('are in the rail of those who may see them', () => {
    expect(navigation(pages, { role: 'system' }).map((one) => one.pages.map((found) => found.name))).toEqual([['a'], ['b']])
    expect(navigation(pages, { role: 'user' }).map((one) => one.section)).toEqual(['account'])
    expect(maySee(page('x', {}), null)).toBe(false)
  })
  it('are found by parts of their names', () => {
    const found = ['SMTP port', 'POP3 port', 'Queue'].map((label) => ({ id: label, kind: 'page' as const, label, note: 'Settings', act: () => undefined }))
    expect(search(found, 'port sm').map((one) => one.label)).toEqual(['SMTP port'])
    expect(search(found, 'settings')).toHaveLength(3)
    expect(fit('anything', 'x')).toBe(0)
  })
})

describe('small things', () => {
  it('choose a language, a unit, a control', () => {
    expect([preferred(null, ['fr-FR', 'de-AT']), preferred('en', ['de']), preferred('xx', [])]).toEqual(['de', 'en', 'en'])
    expect([unitFor(0), unitFor(52_428_800), unitFor(1500)]).toEqual([1048576, 1048576, 1])
    expect(typeOf({ kind: 'number', unit: 'octets', is_secret: false })).toBe('octets')
    expect(typeOf({ kind: 'number', unit: 'moment', is_secret: false })).toBe('moment')
  })
  it('advise, the worst first', () => {
    expect(advice({ password_keeping: 'clear', smtp_auth: 'none', default_domain: 'a.example' }).map((one) => one.key)).toEqual(['clear_passwords', 'no_smtp_auth'])
    expect(advice({ password_keeping: 'hashed', smtp_auth: 'allowed', default_domain: 'a.example' })).toEqual([])
  })
})

describe('in German', () => {
  const noon = new Date(2026, 10, 28, 12).getTime() / 1000
  afterEach(() => useLanguage('en'))
  it('the times below a graph are German, with the day below the first of each', async () => {
    await useLanguage('de')
    expect(axisTimes([noon, noon + 1800, noon + 43_200], 1800)).toEqual(['12:00\n28. Nov.', '12:30', '00:00\n29. Nov.'])
    expect(axisTimes([noon, noon + 86_400], 86_400)).toEqual(['28. Nov.', '29. Nov.'])
    expect(axisTimes([noon + 5], 5)).toEqual(['12:00:05\n28. Nov.'])
  })
  it('moments are written as in the reader\'s country', async () => {
    const at = new Date(2026, 10, 28, 15, 4, 5)
    await useLanguage('en')
    const written = [['en-GB', 'en'], ['de', 'en-US'], ['de']].map((languages) => {
      vi.stubGlobal('navigator', { languages })
      return moment(at).replace(/\s/g, ' ')
    })
    vi.unstubAllGlobals()
    expect(written).toEqual(['28 Nov 2026, 15:04:05', 'Nov 28, 2026, 3:04:05 PM', 'Nov 28, 2026, 3:04:05 PM'])
  })
  it('whoever comes by the host password is called so, and a user by address', async () => {
    await useLanguage('de')
    expect([whoName('host password'), whoName('tim@demo.test')]).toEqual(['Host-Passwort', 'tim@demo.test'])
  })
})

describe('the letter of a page', () => {
  it('counts behind a g in time, once, and never alone, also in the first second of a page', () => {
    const tell = lettersAfterG()
    expect(tell('c', 300)).toBe('')
    expect([tell('g', 1000), tell('c', 1800), tell('c', 1850)]).toEqual(['', 'c', ''])
    expect([tell('g', 3000), tell('c', 3900)]).toEqual(['', ''])
  })
})

describe('an API key', () => {
  it('can be made for what any route of the REST API asks, and for metrics', () => {
    const all = keyScopes(true)
    expect(all).toContainEqual({ resource: 'queue', read: true, write: true })
    expect(all).toContainEqual({ resource: 'audit', read: true, write: false })
    expect(all).toContainEqual({ resource: 'metrics', read: true, write: false })
    expect(all.map(({ resource }) => resource)).not.toContain('session')
  })
  it('of one who administers domains is for those', () => {
    expect(keyScopes(false).map(({ resource }) => resource)).toEqual(['aliases', 'domains', 'keys', 'rules', 'sessions', 'users'])
  })
})

describe('services of an address', () => {
  const door = (state: Door['state'], reason = ''): Door => ({ node: 'a', port: 25, state, reason, sessions: 0, is_paused: false })
  const service = (name: string, ...doors: Door[]): Service => ({ service: name, port: 0, default_port: 25, low_water: 1, high_water: 2, step: 1, is_open: true, doors })

  it('tells of another computer only where no computer has the address', () => {
    const elsewhere = door('elsewhere', 'that is no address of this computer')
    expect(toldDoors(service('smtp', elsewhere))).toEqual([elsewhere])
    expect(toldDoors(service('smtp', elsewhere, door('open')))).toEqual([door('open')])
  })

  it('names the one that is worst off', () => {
    const rows = [service('smtp', door('open')), service('imap', door('trouble', 'x')), { ...service('pop3'), is_open: false }]
    expect(worstOf(rows)?.service).toBe('imap')
    expect(worstOf([])).toBeUndefined()
  })
})
