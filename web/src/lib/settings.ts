// The declarations of all settings, as the server tells them: read once, shown everywhere.
//
// Theory:
//     Label and help come with the declaration, in English; another language has its own
//     words in locales/<language>/settings.json under scope and key, so that a setting
//     that is new on the server is shown at once, if in English. Choices have words in
//     each language: choices.json, where `of` names those that mean something else there.
import { shallowRef } from 'vue'
import { api } from '@/api/client'
import { moment, octets } from './format'
import { needSettingWords, t, te } from './i18n'

export type Kind = 'boolean' | 'number' | 'octets' | 'moment' | 'choice' | 'choices' | 'text' | 'list' | 'secret'

/** As the API tells it. */
export interface DeclarationAnswer {
  key: string
  scope: 'system' | 'domain' | 'user' | 'binding' | 'listener'
  page: string
  label: string
  help: string
  kind: 'boolean' | 'number' | 'choice' | 'choices' | 'text' | 'list'
  default: unknown
  unit: string
  choices: string[]
  inherits: string
  is_secret: boolean
  warning: string
  manual: string
  /** What a 0 says where it is not just a number. */
  zero: '' | 'no_limit' | 'system' | 'never' | 'for_ever' | 'not_at_all'
}

export interface Declaration extends Omit<DeclarationAnswer, 'kind'> {
  type: Kind
}

export interface SettingRow {
  key: string
  value: unknown
  own: boolean
  source: 'built-in' | 'system' | 'domain' | 'user' | 'binding'
  /** What holds without a value of its own; where it is not told, the default. */
  inherited?: unknown
  /** The system's value, where a 0 means that one. */
  system?: unknown
  default: unknown
  /** Why who looks at it may not change it; nothing: they may. */
  reserved?: string
}

/** The control that fits. */
export function typeOf(told: Pick<DeclarationAnswer, 'kind' | 'unit' | 'is_secret'>): Kind {
  if (told.is_secret) return 'secret'
  return told.kind === 'number' && (told.unit === 'octets' || told.unit === 'moment') ? told.unit : told.kind
}

/** Whether a moment (seconds since 1970; 0: none) is no more to come. */
export const isOver = (value: unknown) => Number(value) * 1000 <= Date.now()

/** System settings by their key, others as "domain.key". */
export const declarations = shallowRef<ReadonlyMap<string, Declaration>>(new Map())
let asked: Promise<void> | null = null

export const scoped = (scope: DeclarationAnswer['scope'], key: string) => (scope === 'system' ? key : `${scope}.${key}`)

export function loadDeclarations(): Promise<void> {
  asked ??= Promise.all([api.get<DeclarationAnswer[]>('/settings/schema'), needSettingWords()])
    .then(([{ data }]) => {
      declarations.value = new Map(data.map(({ kind, ...told }) => [scoped(told.scope, told.key), { ...told, type: typeOf({ kind, ...told }) }]))
    })
    .catch((thrown: unknown) => {
      asked = null
      throw thrown
    })
  return asked
}

/** What holds above. */
export const inheritedOf = (row: SettingRow) => (row.inherited === undefined ? row.default : row.inherited)

const word = (path: string, fallback: string) => (te(path) ? t(path) : fallback)

// `name` is what `scoped` says: a system's key stands alone.
const wordsOf = (name: string) => `settings.${name.includes('.') ? name : `system.${name}`}`

export const labelOf = (name: string, label: string) => word(`${wordsOf(name)}.label`, label)
export const helpOf = (name: string, help: string) => word(`${wordsOf(name)}.help`, help)
export const warningOf = (name: string, warning: string) => word(`${wordsOf(name)}.warning`, warning)
export const choiceOf = (key: string, choice: string) => word(`choices.of.${key}.${choice}`, word(`choices.${choice}`, choice.replaceAll('_', ' ')))

/** The help of a setting: where it names what is typed (`value`, `key`, `key=value`), the words that stand on the page. */
export function helpText({ scope, key, help, choices }: Pick<Declaration, 'scope' | 'key' | 'help' | 'choices'>): string {
  return helpOf(scoped(scope, key), help).replace(/`(\w+)(?:=(\w+))?`/g, (_, named: string, value?: string) => {
    if (value) return `“${choiceOf(named, value)}”`
    if (choices.includes(named)) return choiceOf(key, named)
    return `“${labelOf(named, declarations.value.get(named)?.label ?? named)}”`
  })
}

export const unitOf = (unit: string) => (unit ? word(`units.${unit}`, unit) : '')

/** What a 0 says, in words; empty: it is a number like others. */
export function zeroText(declaration: Declaration, value: unknown, system?: unknown): string {
  if (value !== 0 || !declaration.zero) return ''
  const words = { value: system === undefined || system === null ? '' : valueText(declaration, system) }
  return t(`kit.form.zero_${declaration.zero}`, words, words.value ? 2 : 1)
}

/**
 * A value as words, for badges and questions.
 * @param system The system's value, where a 0 means that one.
 */
export function valueText(declaration: Declaration, value: unknown, system?: unknown): string {
  const zero = zeroText(declaration, value, system)
  if (zero) return zero
  if (typeof value === 'boolean') return t(value ? 'kit.on' : 'kit.off')
  if (declaration.is_secret) return t(value ? 'kit.set' : 'kit.form.notSet')
  if (value === null || value === undefined || value === '' || (Array.isArray(value) && value.length === 0)) return t('kit.empty')
  if (declaration.type === 'moment') return isOver(value) ? t('kit.off') : moment(Number(value) * 1000)
  if (declaration.type === 'octets' && typeof value === 'number') return octets(value)
  if (declaration.type === 'choice') return choiceOf(declaration.key, String(value))
  if (Array.isArray(value)) return value.map((one) => choiceOf(declaration.key, String(one))).join(', ')
  return [String(value), unitOf(declaration.unit)].filter(Boolean).join(' ')
}
