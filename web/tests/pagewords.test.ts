// A page declares the files of words that it shows: all of them, and no other.
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs'
import { dirname, join, normalize } from 'node:path'
import { describe, expect, it } from 'vitest'
import first from '@/locales/en'
import german from '@/locales/de'
import titles from '@/locales/en/titles.json'
import { PAGES } from '@/shell/pages'

type Words = { [key: string]: string | Words }

const read = (path: string) => readFileSync(path, 'utf8')
const flat = (words: Words, at: string): string[] => Object.entries(words).flatMap(([key, word]) => (typeof word === 'string' ? [`${at}${key}`] : flat(word, `${at}${key}.`)))
const FIRST = ['kit', 'login', 'shell', 'titles', 'units']
/** The words that it names come with the declarations of settings. */
const SETTINGS = 'src/lib/settings.ts'
const names = readdirSync('src/locales/en').map((name) => name.replace('.json', '')).filter((name) => !FIRST.includes(name))
const keys = new Map(names.map((name) => [name, flat(JSON.parse(read(`src/locales/en/${name}.json`)) as Words, `${name}.`)]))
const TITLES = flat(titles, '')

function found(path: string, from: string): string | undefined {
  if (!/^[@.]/.test(path)) return undefined
  const whole = path.startsWith('@/') ? join('src', path.slice(2)) : normalize(join(dirname(from), path))
  return [whole, `${whole}.ts`, `${whole}.vue`].find((one) => /\.(ts|vue)$/.test(one) && existsSync(one) && statSync(one).isFile())
}

/** A file and what it imports, at once and later; or at once only. */
function reached(file: string, isLaterToo: boolean, seen = new Set<string>()): Set<string> {
  if (seen.has(file)) return seen
  seen.add(file)
  const form = isLaterToo ? /(?:from|import)\s*\(?\s*'([^']+)'/g : /(?:from|import)\s+'([^']+)'/g
  for (const [, path = ''] of read(file).replace(/import type .*/g, '').matchAll(form)) {
    const next = found(path, file)
    if (next) reached(next, isLaterToo, seen)
  }
  return seen
}

/** Files of words of which a source has a whole key, or the beginning of one. */
function used(text: string): string[] {
  const said = [...text.matchAll(/['"`](\w+\.[\w.]*)/g)].map(([, key = '']) => key).filter((key) => !TITLES.includes(key))
  return names.filter((name) => said.some((key) => keys.get(name)?.some((one) => one.startsWith(key))))
}

const shell = reached('src/main.ts', false)
const usedBy = (files: Iterable<string>) => [...new Set([...files].filter((file) => file !== SETTINGS).flatMap((file) => used(read(file))))].sort()
const routes = readdirSync('src/pages').filter((name) => name.endsWith('.route.ts')).map((name) => `src/pages/${name}`)
const pages = routes.flatMap((file) => [...read(file).matchAll(/name: '([\w-]+)'[^]*?import\('([^']+)'\)/g)].map(([, name = '', path = '']) => ({ name, file: found(path, file) ?? '' })))

describe('the words of pages', () => {
  it('are looked for in every page', () => {
    expect(pages.map(({ name }) => name).sort()).toEqual(PAGES.map(({ name }) => name).sort())
    expect(pages.filter(({ file }) => file === '')).toEqual([])
  })
  it.each(pages)('are those that $name declares', ({ name, file }) => {
    const words = PAGES.find((page) => page.name === name)?.words ?? []
    const files = [...reached(file, true)].filter((one) => !shell.has(one))
    expect([...words].sort()).toEqual(usedBy(files))
  })
  it('are found by a whole key and by the beginning of one, and titles are none', () => {
    expect(used("t('queue.empty')".replace('empty', keys.get('queue')?.[0]?.slice(6) ?? ''))).toEqual(['queue'])
    expect(used('t(`spy.services.${service}`)')).toEqual(['spy'])
    expect(used("t('queue.title') + 'mail.example.org'")).toEqual([])
  })
})

describe('the first words', () => {
  it('are all that the frame shows', () => {
    expect(shell.size).toBeGreaterThan(20)
    expect(usedBy(shell)).toEqual([])
  })
  it('have others beside them where parts of the frame come later', () => {
    const later = [...shell].flatMap((file) => [...read(file).matchAll(/(?:withWords\(\[([^\]]*)\], )?\(\) => import\('(\.\/\w+\.vue)'\)/g)].map(([, words = '', path = '']) => ({ words: [...words.matchAll(/'(\w+)'/g)].map(([, name]) => name), file: found(path, file) ?? '' })))
    expect(later.length).toBeGreaterThan(3)
    for (const { words, file } of later) expect([file, words]).toEqual([file, usedBy([...reached(file, true)].filter((one) => !shell.has(one)))])
  })
  it('have the title of each page, in both languages', () => {
    const has = [first, german].map((words) => flat(words as unknown as Words, ''))
    expect(PAGES.filter(({ title }) => !has.every((one) => one.includes(title))).map(({ title }) => title)).toEqual([])
  })
})
