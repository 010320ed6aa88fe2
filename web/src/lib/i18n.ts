// Words in the reader's language: one chunk a language, every locales/<language>/<page>.json
// under the name of its file.
import { createI18n } from 'vue-i18n'

export const LANGUAGES = { en: 'English', de: 'Deutsch' } as const
export type Language = keyof typeof LANGUAGES

const KEPT = 'mailmax.language'

const loaders: Record<Language, () => Promise<{ default: Record<string, unknown> }>> = {
  en: () => import('@/locales/en'),
  de: () => import('@/locales/de'),
}

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

export async function useLanguage(language: Language): Promise<void> {
  const { default: words } = await loaders[language]()
  i18n.global.setLocaleMessage(language, words as never)
  i18n.global.locale.value = language
  document.documentElement.lang = language
}

export async function chooseLanguage(language: Language): Promise<void> {
  localStorage.setItem(KEPT, language)
  await useLanguage(language)
}

export const startLanguage = () => useLanguage(preferred(localStorage.getItem(KEPT), navigator.languages))

export const language = () => i18n.global.locale.value as Language

// The library's own types follow every key of every language; ours are words.
const words = i18n.global as unknown as { t: (key: string, ...rest: unknown[]) => string; te: (key: string) => boolean }
export const t = words.t
export const te = words.te
