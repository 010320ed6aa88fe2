// Both languages have the same words, and pages ask for none that is missing.
import { readdirSync, readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'

type Words = { [key: string]: string | Words }

const read = (path: string) => readFileSync(path, 'utf8')
const files = (language: string) => readdirSync(`src/locales/${language}`).filter((name) => name.endsWith('.json')).sort()
const flat = (words: Words, at: string): [string, string][] => Object.entries(words).flatMap(([key, word]) => (typeof word === 'string' ? [[`${at}.${key}`, word]] : flat(word, `${at}.${key}`)))
const of = (language: string, name: string) => JSON.parse(read(`src/locales/${language}/${name}`)) as Words
// Titles stand together, under the names of the files that have the page's other words.
const titles = (language: string) => Object.entries(of(language, 'titles.json')).flatMap(([name, words]) => flat(words as Words, name))
const others = (language: string) => files(language).filter((name) => name !== 'titles.json').flatMap((name) => flat(of(language, name), name.replace('.json', '')))
const all = (language: string) => new Map([...titles(language), ...others(language)])
// The words of settings and refusals come from the server; only other languages have them here.
const declared = (key: string) => /^(settings|problems|said)\./.test(key)

const en = all('en')
const de = all('de')
const sources = readdirSync('src', { recursive: true, encoding: 'utf8' }).filter((name) => /\.(vue|ts)$/.test(name)).map((name) => [name, read(`src/${name}`)] as const)

describe('words', () => {
  it('are the same in both languages', () => {
    expect([...de.keys()].filter((key) => !declared(key)).sort()).toEqual([...en.keys()].filter((key) => !declared(key)).sort())
  })
  it('take the same things in', () => {
    const taken = (word = '') => [...word.matchAll(/\{(\w+)\}/g)].map(([, name]) => name).sort().filter((name, at, names) => names.indexOf(name) === at)
    for (const [key, word] of en) expect([key, taken(de.get(key))]).toEqual([key, taken(word)])
  })
  it('are there when a page asks for them', () => {
    const asked = sources.flatMap(([name, text]) => [...text.matchAll(/\bt\('([\w.]+)'/g)].map(([, key]) => [name, key]))
    expect(asked.length).toBeGreaterThan(50)
    expect(asked.filter(([, key]) => !en.has(key ?? ''))).toEqual([])
  })
  it('are there for the title of each page and group', () => {
    const asked = sources.filter(([name]) => name.endsWith('.route.ts')).flatMap(([name, text]) => [...text.matchAll(/title: '([\w.]+)'/g)].map(([, key]) => [name, key]))
    expect(asked.filter(([, key]) => !en.has(key ?? ''))).toEqual([])
  })
  it('are never symbols in place of icons', () => {
    // Without a symbol font they are empty boxes.
    const symbols = /[\u2190-\u21ff\u2300-\u27bf\u2b00-\u2bff\uff00-\uffef\u{1f000}-\u{1faff}]/u
    expect([...en, ...de].filter(([, word]) => symbols.test(word))).toEqual([])
    expect(sources.filter(([, text]) => symbols.test(text)).map(([name]) => name)).toEqual([])
  })
})
