// Which system an address shows, what the tree shows, what a form of a connection changes.
import { describe, expect, it } from 'vitest'
import { apiUrl, pagesOf, systemOf } from '@/api/place'
import { nodesOf } from '@/shell/systems'
import { changesOf, fieldOf } from '@/systems/changes'

const row = (name: string, group = '') => ({ name, group, host: `${name}.test`, port: 4600 })
const rows = [row('beta', 'South'), row('gamma'), row('delta', 'South')]
const groups = [{ name: 'North', systems: 0 }, { name: 'South', systems: 2 }]
const members = [{ name: 'twin', host: 't', port: 1, smtp_address: 't', state: 'in_sync' as const, system_name: 'twin', addresses: 1, domains: [], known_at: null, trouble: '' }]
const lines = (closed: string[], typed = '', cluster: typeof members = []) => nodesOf({ rows, groups, members: cluster }, new Set(closed), typed).map((one) => `${String(one.level)} ${one.kind} ${one.name}`)

describe('an address', () => {
  it('names the system that is shown', () => {
    expect(systemOf('/admin/s/Beta%20%26%20Co/domains')).toBe('Beta & Co')
    expect(systemOf('/admin/s/beta')).toBe('beta')
    expect(systemOf('/admin/systems')).toBe('')
    expect(systemOf('/admin/s/%E0%A4%A/')).toBe('')
    expect(pagesOf('Beta & Co')).toBe('/admin/s/Beta%20%26%20Co/')
  })
  it('leads to the system, but for what is about oneself', () => {
    expect(apiUrl('/domains/a.test', 'b c')).toBe('/api/v1/s/b%20c/domains/a.test')
    expect(apiUrl('/domains', '')).toBe('/api/v1/domains')
    for (const path of ['/session', '/preferences/columns.users', '/systems', '/system-groups?limit=1', '/keys']) expect(apiUrl(path, 'b')).toBe(`/api/v1${path}`)
    expect(apiUrl('/users/x/second_factor', 'b')).toBe('/api/v1/s/b/users/x/second_factor')
  })
})

describe('the tree', () => {
  it('begins with the own system, groups before those in none', () => {
    expect(lines([])).toEqual(['1 system ', '1 group North', '1 group South', '2 system beta', '2 system delta', '1 system gamma'])
    expect(lines(['group South'])).toEqual(['1 system ', '1 group North', '1 group South', '1 system gamma'])
  })
  it('shows the cluster of the own system where there is one', () => {
    expect(lines([], 'tw', members)).toEqual(['1 system ', '1 cluster ', '2 member twin'])
    expect(lines(['cluster', 'group South'], '', members)).toEqual(['1 system ', '1 cluster ', '1 group North', '1 group South', '1 system gamma'])
  })
  it('shows what is searched for, also in closed groups', () => {
    expect(lines(['group South'], 'DEL')).toEqual(['1 system ', '1 group South', '2 system delta'])
    expect(lines([], 'south')).toEqual(['1 system ', '1 group South', '2 system beta', '2 system delta'])
  })
})

describe('a form of a connection', () => {
  it('sends what is another, and a password only where one was typed', () => {
    const kept = row('beta', 'South')
    expect(changesOf(kept, { ...kept, port: '4600', password: '' })).toEqual({})
    expect(changesOf(kept, { name: ' b ', host: 'x', port: '1', password: 'p', group: '' })).toEqual({ name: 'b', host: 'x', port: 1, password: 'p', group: '' })
  })
  it('shows a refusal where it belongs', () => {
    expect(fieldOf({ field: 'address', code: 'conflict' })).toBe('host')
    expect(fieldOf({ field: '', code: 'system_password' })).toBe('password')
  })
})
