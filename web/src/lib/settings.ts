// The declarations of all settings, as the server tells them: read once, shown everywhere.
//
// Theory:
//     Label and help come with the declaration, in English; another language has its own
//     words in locales/<language>/settings.json under the setting's key, so that a
//     setting that is new on the server is shown at once, if in English.
import { shallowRef } from 'vue'
import { api } from '@/api/client'
import { octets } from './format'
import { t, te } from './i18n'

export type Kind = 'boolean' | 'number' | 'octets' | 'choice' | 'words' | 'text' | 'lines' | 'secret' | 'list'

export interface Declaration {
  key: string
  label: string
  help: string
  type: Kind
  unit: string
  default: unknown
  choices: string[]
  minimum: number | null
  maximum: number | null
  manual: string
  is_secret: boolean
  warning: string
  advanced?: boolean
}

export interface SettingRow {
  key: string
  value: unknown
  own: boolean
  source: 'built-in' | 'system' | 'domain' | 'user' | 'binding'
  inherited: unknown
  default: unknown
}

export const declarations = shallowRef<ReadonlyMap<string, Declaration>>(new Map())
let asked: Promise<void> | null = null

export function loadDeclarations(): Promise<void> {
  asked ??= api
    .get<{ rows: Declaration[] }>('/settings/schema')
    .then(({ data }) => {
      declarations.value = new Map(data.rows.map((one) => [one.key, one]))
    })
    .catch((thrown: unknown) => {
      asked = null
      throw thrown
    })
  return asked
}

const word = (path: string, fallback: string) => (te(path) ? t(path) : fallback)

export const labelOf = (key: string, label: string) => word(`settings.${key}.label`, label)
export const helpOf = (key: string, help: string) => word(`settings.${key}.help`, help)
export const choiceOf = (key: string, choice: string) =>
  word(`settings.${key}.choices.${choice}`, word(`choices.${choice}`, choice.replaceAll('_', ' ')))
export const unitOf = (unit: string) => (unit ? word(`units.${unit}`, unit) : '')

/** A value as words, for badges and questions. */
export function valueText(declaration: Declaration, value: unknown): string {
  if (typeof value === 'boolean') return t(value ? 'kit.on' : 'kit.off')
  if (declaration.is_secret) return t(value ? 'kit.set' : 'kit.form.notSet')
  if (value === null || value === undefined || value === '' || (Array.isArray(value) && value.length === 0)) return t('kit.empty')
  if (declaration.type === 'octets' && typeof value === 'number') return octets(value)
  if (declaration.type === 'choice') return choiceOf(declaration.key, String(value))
  if (Array.isArray(value)) return value.map((one) => choiceOf(declaration.key, String(one))).join(', ')
  return [String(value), unitOf(declaration.unit)].filter(Boolean).join(' ')
}
