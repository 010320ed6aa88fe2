// Every message of the manual's last chapter has its words, in English and in German; what
// has none has no cause here. What the server says is what tests/rooms/webadmin finds it to say.
import { readdirSync, readFileSync } from 'node:fs'
import { beforeAll, describe, expect, it } from 'vitest'
import { Problem } from '@/api/problem'
import { i18n, needSentences, needSettingWords, needWords, useLanguage } from '@/lib/i18n'

interface Row {
  says: string
  words?: string[]
  code?: string
  field?: string
  detail?: string
  hint?: string
}

const rows = (JSON.parse(readFileSync('tests/messages.json', 'utf8')) as { messages: Row[] }).messages
const has = (key: string, language: string) => (i18n.global as unknown as { te: (key: string, language: string) => boolean }).te(key, language)
const pages = [...new Set(rows.flatMap(({ words = [] }) => words.map((key) => key.split('.')[0] ?? '')))].filter((name) => name !== 'settings' && name !== 'kit')
const sources = readdirSync('src', { recursive: true, encoding: 'utf8' }).filter((name) => /\.(vue|ts)$/.test(name)).map((name) => readFileSync(`src/${name}`, 'utf8'))
/** Named whole, or up to the part that is filled in. */
const isShown = (key: string) => sources.some((text) => text.includes(`'${key}'`) || text.includes(`\`${key.replace(/\w+$/, '')}$`) || text.includes(`\`${key.replace(/_\w+$/, '_')}$`))
/** What is left where only a part was put into German. */
const ENGLISH = /\b(the|is|are|has|no|not|give|add|choose|look|with|there)\b/

describe('messages of the manual', () => {
  beforeAll(async () => {
    await useLanguage('en')
    await needWords(pages)
    await useLanguage('de')
    await needSettingWords()
    await needSentences()
  })

  it.each(rows.filter(({ code }) => code))('$says: refused in German, with the cure', ({ code, field, detail, hint }) => {
    const told = new Problem(422, { code, field, detail, hint })
    expect(told.message).not.toMatch(ENGLISH)
    expect(told.hint).not.toMatch(ENGLISH)
    expect(told.hint).not.toBe('')
    const english = [detail ?? '', hint ?? '']
    expect([told.message, told.hint].filter((one) => english.includes(one))).toEqual([])
  })
  it.each(rows.filter(({ words }) => words))('$says: on a page', ({ words = [] }) => {
    expect(words.filter((key) => !has(key, 'de'))).toEqual([])
    // Those of settings come from the server in English.
    const own = words.filter((key) => !key.startsWith('settings.'))
    expect(own.filter((key) => !has(key, 'en'))).toEqual([])
    expect(own.filter((key) => !isShown(key))).toEqual([])
  })
})
