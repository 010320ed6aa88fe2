// Every page has its help, in every language, and none is left of pages that went.
import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { LANGUAGES } from '@/lib/i18n'
import { helpOf } from '@/shell/help'
import { PAGES } from '@/shell/pages'

interface Help {
  what: string
  notes: string
}

const wanted = [...new Set(PAGES.filter((page) => !page.isPublic && page.name !== 'not-found').map((page) => helpOf(page.name)))].sort()

describe.each(Object.keys(LANGUAGES))('help in %s', (language) => {
  const words = JSON.parse(readFileSync(`src/locales/${language}/help.json`, 'utf8')) as Record<string, Help>
  it('is there for every page, and for no other', () => {
    expect(Object.keys(words).sort()).toEqual(wanted)
  })
  it.each(wanted)('says what %s is for, and something to know', (name) => {
    const { what, notes } = words[name] ?? { what: '', notes: '' }
    expect(what).toMatch(/^\S.+\.$/)
    for (const note of notes.split('\n')) expect(note).toMatch(/^\S.+\.$/)
  })
})
