import { describe, expect, it } from 'vitest'
import type { Local, LocalValue } from '@/api/schema'
import { GROUPS, PLACES, commandsFor, linesFor, tomlOf, typedOf } from '@/pages/system/localfile'
import de from '@/locales/de/local.json'
import en from '@/locales/en/local.json'

const value = (key: string, holds: unknown): LocalValue => ({ key, value: holds, source: 'built_in', is_changed: false, coming: null })
const local = {
  node: 'here', nodes: ['here'], file: '/var/lib/mailmax/mailmax.toml', trouble: '',
  values: [value('dir', '/var/lib/mailmax')],
  places: [{ key: 'directories.mail', path: '/var/lib/mailmax/mail', disk: '1', disk_octets: 2, free_octets: 1, trouble: '' }],
} as Local

describe('lines for mailmax.toml', () => {
  it('quote text, and keep numbers, switches and lists', () => {
    expect(tomlOf('old', 'a "new" \\ place')).toBe('"a \\"new\\" \\\\ place"')
    expect(tomlOf(0, ' 12 ')).toBe('12')
    expect(tomlOf(true, 'false')).toBe('false')
    expect(tomlOf([], '127.0.0.1:8080\n\n [::1]:8443 ')).toBe('["127.0.0.1:8080", "[::1]:8443"]')
    expect(tomlOf([], '')).toBe('[]')
  })
  it('stand below the heading of their part', () => {
    expect(linesFor('web.names', '[]')).toBe('[web]\nnames = []')
    expect(linesFor('node', '"here"')).toBe('node = "here"')
  })
  it('go back to what was typed', () => {
    expect(typedOf(['a', 'b'])).toBe('a\nb')
    expect(typedOf(false)).toBe('false')
  })
})

describe('commands', () => {
  it('move a directory between stop and start, and quote what a shell would take apart', () => {
    const lines = commandsFor(local, value('directories.mail', '/var/lib/mailmax/mail'), '/srv/my mail').split('\n')
    expect(lines.slice(0, 2)).toEqual(['systemctl stop mailmax', "mv /var/lib/mailmax/mail '/srv/my mail'"])
    expect(lines.at(-2)).toBe('systemctl start mailmax')
  })
  it('place a relative directory below the node directory', () => {
    expect(commandsFor(local, value('directories.mail', ''), 'boxes')).toContain('mv /var/lib/mailmax/mail /var/lib/mailmax/boxes')
  })
  it('move nothing where nothing is moved', () => {
    expect(commandsFor(local, value('web.names', []), 'x')).not.toContain('mv ')
    expect(commandsFor(local, value('directories.mail', ''), '/var/lib/mailmax/mail')).not.toContain('mv ')
  })
})

describe('words', () => {
  it('name every value in both languages', () => {
    const keys = [...PLACES, ...GROUPS.flatMap((one) => one.keys)].map((key) => key.replaceAll('.', '_'))
    for (const words of [en, de]) expect(keys.filter((key) => !(key in words.keys))).toEqual([])
  })
})
