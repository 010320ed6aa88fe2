// Words in the reader's language.
//
// Theory:
//     Those of the frame, of signing in, and the titles of all pages come first, one chunk
//     a language (locales/<language>.ts). Those of a page, locales/<language>/<name>.json,
//     come with the page that names them, in the language of the moment and in each that
//     is chosen later: neither page nor language shows before its words are there.
//     What the server says in sentences comes after the first page: it is long.
import { shallowRef } from 'vue'
import { createI18n } from 'vue-i18n'
import type { Forms } from './said/forms'

export const LANGUAGES = { en: 'English', de: 'Deutsch' } as const
export type Language = keyof typeof LANGUAGES

const KEPT = 'mailmax.language'

type Words = Record<string, unknown>

const firstWords: Record<Language, () => Promise<Words>> = {
  en: async () => (await import('@/locales/en')).default,
  de: async () => (await import('@/locales/de')).default,
}
const known = shallowRef<Forms>([])

/** The forms of what the server says, once they are there. */
export const forms = () => known.value
const FIRST = 'first'
const SENTENCES = 'said'

const pageWords = import.meta.glob<Words>(['../locales/*/*.json', '!../locales/*/{kit,login,problems,shell,titles,units}.json'], { import: 'default' })
const wanted = new Set([FIRST])
const coming = new Map<string, Promise<void>>()

export const i18n = createI18n({
  legacy: false,
  locale: 'en',
  fallbackLocale: 'en',
  missingWarn: false,
  fallbackWarn: false,
  messages: {} as Record<Language, Record<string, never>>,
})

/** The language somebody chose here, or the first of the browser's that we have. */
export function preferred(kept: string | null, wanted: readonly string[]): Language {
  const known = [kept ?? '', ...wanted].map((word) => word.slice(0, 2).toLowerCase()).find((word) => word in LANGUAGES)
  return (known ?? 'en') as Language
}

async function read(language: Language, name: string): Promise<void> {
  if (name === FIRST) i18n.global.mergeLocaleMessage(language, { ...(await firstWords[language]()) })
  else {
    // Settings and refusals have words in other languages only: in English they come from the server.
    const words = (await pageWords[`../locales/${language}/${name}.json`]?.()) ?? {}
    if (name === SENTENCES && language !== 'en') known.value = (await import('./said')).SAID
    i18n.global.mergeLocaleMessage(language, { [name]: words })
  }
}

/** Have words of a language, each read once; what failed is asked for again the next time. */
async function bring(language: Language, names: Iterable<string>): Promise<void> {
  const each = [...names].map((name) => {
    const key = `${language} ${name}`
    const reading = coming.get(key) ?? read(language, name)
    coming.set(key, reading)
    return reading.catch((thrown: unknown) => {
      coming.delete(key)
      throw thrown
    })
  })
  await Promise.all(each)
}

export async function useLanguage(language: Language): Promise<void> {
  let brought = 0
  // A page that was opened meanwhile wants its words, too.
  while (brought < wanted.size) {
    brought = wanted.size
    await bring(language, wanted)
  }
  i18n.global.locale.value = language
  document.documentElement.lang = language
}

/** Have words of pages, in this language and in each that is chosen later. */
export async function needWords(names: readonly string[]): Promise<void> {
  for (const name of names) wanted.add(name)
  let at: Language
  do {
    at = language()
    await bring(at, names)
  } while (at !== language())
}

/** Load what shows these words together with them. */
export const withWords =
  <T>(names: readonly string[], load: () => Promise<T>) =>
  async (): Promise<T> => {
    const [loaded] = await Promise.all([load(), needWords(names)])
    return loaded
  }

/** Have words of what the server says beside its codes; without them it speaks English. */
export const needSentences = () => needWords([SENTENCES])

export const needSettingWords = () => needWords(['choices', 'settings'])

export async function chooseLanguage(language: Language): Promise<void> {
  localStorage.setItem(KEPT, language)
  await useLanguage(language)
}

export const startLanguage = () => useLanguage(preferred(localStorage.getItem(KEPT), navigator.languages))

export const language = () => i18n.global.locale.value as Language

/** The language as the browser has it (en-GB): its numbers, dates and hours are the reader's. */
export const variant = () => navigator.languages.find((one) => one.split('-')[0] === language()) ?? language()

// The library's own types follow every key of every language; ours are words.
const words = i18n.global as unknown as { t: (key: string, ...rest: unknown[]) => string; te: (key: string) => boolean }
export const t = words.t
export const te = words.te
