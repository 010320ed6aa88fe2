// What panes and graphs make of what is told.
import { describe, expect, it } from 'vitest'
import { line, times, warnings } from '@/lib/busy'
import { added, asLog, chosen, isBad, MOST_LINES, saying, toneOf, type SpyLine } from '@/lib/spy'
import { worst } from '@/shell/live'

const said = (number: number, more: Partial<SpyLine> = {}): SpyLine => ({ number, at: 0, service: 'smtpmax', node: 'n', session: 's1', peer: '192.0.2.1', user: '', event: 'Command', text: `line ${number}`, ...more })

describe('a pane', () => {
  it('keeps the newest lines and says where some are missing', () => {
    const many = Array.from({ length: MOST_LINES + 5 }, (_, index) => said(index + 1))
    expect(added([], 0, many)).toHaveLength(MOST_LINES)
    expect(added([], 0, many)[0]?.number).toBe(6)
    expect(added([said(1)], 132, [said(134)]).map((row) => ('dropped' in row ? row.dropped : row.number))).toEqual([1, 132, 134])
  })
  it('shows what fits', () => {
    const rows = [said(1), said(2, { session: 's2', text: 'RCPT TO:<x>' }), { number: 2.5, dropped: 3 }]
    expect(chosen(rows, { text: 'rcpt 192.0.2', session: '' })).toHaveLength(2)
    expect(chosen(rows, { text: '', session: 's1' }).map((row) => row.number)).toEqual([1])
    expect(chosen(rows, { text: '', session: '' })).toBe(rows)
  })
  it('says who spoke', () => {
    expect(saying(said(1, { text: '192.0.2.1 > NOOP' }))).toEqual({ sign: 'C:', words: 'NOOP' })
    expect(saying(said(1, { service: 'queuemax', text: 'mx.test > 250 ok' }))).toEqual({ sign: 'S:', words: '250 ok' })
    expect(saying(said(1, { text: '192.0.2.1 has come' }))).toEqual({ sign: '', words: 'has come' })
  })
  it('writes a log, and gives a session one colour', () => {
    expect(asLog([said(1), { number: 2, dropped: 3 }])).toBe('1970-01-01T00:00:00.000Z smtpmax n s1 192.0.2.1 - line 1\n... 3 lines dropped\n')
    expect(toneOf('a1')).toBe(toneOf('a1'))
    expect([isBad(said(1, { text: '192.0.2.1 < 550 5.1.1 no' })), isBad(said(1, { event: 'LoginFailed' })), isBad(said(1))]).toEqual([true, true, false])
  })
})

describe('graphs', () => {
  it('know their moments', () => {
    expect(times({ until: 100, step_s: 10 }, 3)).toEqual([80, 90, 100])
    expect(line({ range: 'hour', step_s: 10, until: 0, services: [], failed_logins: [] }, 'popmax', 'connections')).toEqual([])
  })
  it('speak of failed logins where they are more than a few', () => {
    const told = [
      { service: 'popmax', failed: 38, peers: [{ address: '203.0.113.9', failed: 35 }] },
      { service: 'imapmax', failed: 2, peers: [{ address: '203.0.113.9', failed: 2 }] },
    ]
    expect(warnings(told, () => 1000)).toEqual([{ service: 'popmax', failed: 38, peer: '203.0.113.9', share: 92, isAttack: false }])
    expect(warnings(told, () => 40)[0]?.isAttack).toBe(true)
  })
  it('and health is the worst that is told', () => {
    expect([worst(undefined), worst([]), worst([{ state: 'warn', text: '' }]), worst([{ state: 'warn', text: '' }, { state: 'bad', text: '' }])]).toEqual(['unknown', 'ok', 'warn', 'bad'])
  })
})
