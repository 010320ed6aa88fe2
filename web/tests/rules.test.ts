// Rules as the page builds them: every kind, every choice; in words and on the command line.
import { readFileSync, writeFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { bodyOf, draftOf, incomplete } from '@/rules/draft'
import { command, shell, written } from '@/rules/grammar'
import { built, counting, fresh, kindsOf, missing, type Part, type PartKind, type PartValue, type Side } from '@/rules/kinds'
import { sentence, summary, type Say } from '@/rules/sentence'
import { useLanguage } from '@/lib/i18n'

const BUILT = 'tests/rules_built.json'
const SIDES: readonly Side[] = ['conditions', 'actions']

type Words = { [key: string]: string | Words }
const say = (language: string): Say => {
  const words = { rules: JSON.parse(readFileSync(`src/locales/${language}/rules.json`, 'utf8')) as Words }
  return (key, values = {}) => {
    const found = key.split('.').reduce<string | Words | undefined>((at, name) => (typeof at === 'object' ? at[name] : undefined), words)
    if (typeof found !== 'string') throw new Error(`${language} has no ${key}`)
    return found.replace(/\{(\w+)\}/g, (_, name: string) => String(values[name]))
  }
}

// Values that people may type, of each kind; the server's are for programs that are there.
const TYPED: Readonly<Record<string, readonly unknown[]>> = {
  octets: [1, 10_485_760], date: ['2024-02-29', '2024-12-31'], time: ['00:00', '23:59'], day: [1, 7], flag: [false, true],
  header: ['Subject', 'X-Spam_Flag!'], text: ['lottery', 'say "Ü" \\ *?'], extension: ['exe', '.tar.gz'], mailbox: ['', 'Junk', 'A/B c'],
  addresses: [['ada@example.org'], ['ada@example.org', 'eve@example.net']], letter: ['Thanks', 'Two\nlines\twith a tab'], line: ['', "It's me"],
  address: [''], path: ['/etc/motd'], command: ['/bin/true %F', '/bin/true %M'],
}
const choices = (value: PartValue): readonly unknown[] => value.choices ?? TYPED[value.kind] ?? []

/** Each value of a kind in each of its forms, the others as they are first. */
function examples(side: Side, of: PartKind): Part[] {
  const first = of.values.reduce<Part>((part, value, at) => ({ ...part, [value.key]: choices(value)[value.isUpper ? 1 : 0], ...(at === 0 ? {} : {}) }), fresh(of))
  const varied = of.values.flatMap((value) => choices(value).map((one) => ({ ...first, [value.key]: one })))
  const isOrdered = (part: Part) => part.comparison !== 'between' || of.values.every((value) => !value.isUpper || part[value.key] === choices(value)[1])
  const blank = side === 'conditions' && of.kind === 'header' ? [{ ...first, text: '' }, { ...first, text: '', does_not_contain: true }] : []
  return [first, ...varied, ...blank].filter(isOrdered).map((part) => built(side, part))
}
const all = (side: Side) => kindsOf(side).flatMap((of) => examples(side, of))
const once = (parts: readonly Part[]) => [...new Map(parts.map((part) => [JSON.stringify(part), part])).values()]

describe('rules', () => {
  it('are built as the file says that the hub is asked with', () => {
    const made = Object.fromEntries(SIDES.map((side) => [side, once(all(side)).map((part) => ({ part, words: written(side, part) }))]))
    const text = `${JSON.stringify(made, null, 1)}\n`
    if (process.env.WRITE_RULES) writeFileSync(BUILT, text)
    expect(readFileSync(BUILT, 'utf8')).toBe(text)
  })
  it('are said in words in each language, each value once', () => {
    for (const language of ['en', 'de'])
      for (const side of SIDES)
        for (const part of all(side)) {
          const pieces = sentence(side, part, say(language))
          const keys = pieces.map((piece) => piece.key).filter(Boolean)
          expect(keys).toEqual([...new Set(keys)])
          expect(pieces.some((piece) => piece.isMissing)).toBe(false)
          const sayable = counting(kindsOf(side).find((of) => of.kind === part.kind) as PartKind, part).filter((value) => value.needed)
          expect(keys).toEqual(expect.arrayContaining(sayable.map((value) => value.key)))
        }
  })
  it('say what is missing, until it is there', () => {
    for (const side of SIDES)
      for (const of of kindsOf(side)) {
        const part = fresh(of)
        const lacking = missing(side, part)
        expect(lacking).toEqual(counting(of, part).filter((value) => value.needed).map((value) => value.key))
        expect(sentence(side, part, say('en')).filter((piece) => piece.isMissing).map((piece) => piece.key).sort()).toEqual([...lacking].sort())
      }
    expect(missing('conditions', { kind: 'body', text: '  ', whole_word: false })).toEqual(['text'])
    expect(missing('actions', { kind: 'forward', addresses: ['', ' '] })).toEqual(['addresses'])
  })
  it('take no second value along that does not count', () => {
    expect(built('conditions', { kind: 'size', comparison: 'less', octets: 5, upper_octets: 9 })).toEqual({ kind: 'size', comparison: 'less', octets: 5, upper_octets: null })
    expect(built('conditions', { kind: 'size', comparison: 'between', octets: 5, upper_octets: 9 }).upper_octets).toBe(9)
  })
  it('come back from the server as they were sent', () => {
    const rule = { number: 1, name: 'a', enabled: true, conditions: all('conditions'), actions: all('actions') }
    expect(bodyOf(draftOf(rule))).toEqual({ name: 'a', conditions: rule.conditions, actions: rule.actions })
    expect(incomplete(draftOf(rule), 'conditions')).toEqual([])
  })
  it('are read as one sentence', () => {
    const conditions = [{ kind: 'header', name: 'From', text: 'lottery', whole_word: false, does_not_contain: false }]
    const actions = [{ kind: 'discard' }, { kind: 'terminate' }]
    expect(summary(conditions, actions, say('en'))).toBe('Where the From header contains “lottery” anywhere: discard it and terminate all other rules.')
    expect(summary(conditions, actions, say('de'))).toBe('Wenn das Kopffeld From „lottery“ irgendwo enthält: verwerfen und alle weiteren Regeln beenden.')
  })
  it('say sizes as people read them, and exactly, as the server does', async () => {
    await useLanguage('en')
    const sizes = JSON.parse(readFileSync('tests/sizes.json', 'utf8')) as Record<string, string>
    const words = (octets: number, language: string) => sentence('conditions', { kind: 'size', comparison: 'greater', octets, upper_octets: null }, say(language)).find((piece) => piece.key === 'octets')?.text.replaceAll('\u00a0', ' ')
    expect(Object.fromEntries(Object.keys(sizes).map((octets) => [octets, words(Number(octets), 'en')]))).toEqual(sizes)
    await useLanguage('de')
    expect([10_485_760, 1_500, 1].map((octets) => words(octets, 'de'))).toEqual(['10 MB', '1,5 kB (1.500 Byte)', '1 Byte'])
    await useLanguage('en')
  })
  it('are one command for a shell', () => {
    expect(command({ number: 0, whose: ['--user', 'tim@a.test'], name: "Tim's", conditions: [{ kind: 'any_message' }], actions: [{ kind: 'store', mailbox: 'A b' }] })).toBe(
      `mailmax rule add 'Tim'\\''s' --user tim@a.test \\\n  --if any \\\n  --do 'store "A b"'`,
    )
    expect(shell('$(id)')).toBe("'$(id)'")
  })
})
