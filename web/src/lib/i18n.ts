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

/** Words of settings: English comes with the declarations. A page without settings needs none. */
const settingLoaders: Partial<Record<Language, () => Promise<{ default: unknown }>>> = {
  de: () => import('@/locales/de/settings.json'),
}
let needsSettings = false

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
  if (needsSettings) await addSettings(language)
  i18n.global.locale.value = language
  document.documentElement.lang = language
}

async function addSettings(language: Language): Promise<void> {
  const load = settingLoaders[language]
  if (load) i18n.global.mergeLocaleMessage(language, { settings: (await load()).default } as never)
}

/** Have the words of settings, in this language and in each that is chosen later. */
export async function needSettingWords(): Promise<void> {
  needsSettings = true
  await addSettings(i18n.global.locale.value as Language)
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
