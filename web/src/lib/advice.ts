// What the settings of a system let one say about its health. Pure.
//
// Manual: 2.2 (the flags of a connection), 4.1 to 4.3.

export interface Advice {
  key: string
  tone: 'ok' | 'warn' | 'bad'
  /** Key of the page where it is set. */
  page: string
}

type Values = Readonly<Record<string, unknown>>

interface Rule {
  key: string
  page: string
  tone: 'warn' | 'bad'
  isSo: (values: Values) => boolean
}

const RULES: readonly Rule[] = [
  { key: 'clear_passwords', page: 'system-general', tone: 'bad', isSo: (of) => of.password_keeping === 'clear' },
  { key: 'no_default_domain', page: 'system-general', tone: 'warn', isSo: (of) => of.default_domain === '' },
  { key: 'no_postmaster', page: 'system-general', tone: 'warn', isSo: (of) => of.postmaster === '' && of.default_domain === '' },
  { key: 'no_smtp_auth', page: 'system-smtp', tone: 'warn', isSo: (of) => of.smtp_auth === 'none' },
  { key: 'notify_sender', page: 'virus', tone: 'warn', isSo: (of) => of.virus_notify_sender === true },
]

/** What to look at, the worst first. */
export function advice(values: Values): Advice[] {
  return RULES.filter((rule) => rule.isSo(values))
    .map(({ key, page, tone }) => ({ key, page, tone }))
    .sort((one, other) => one.tone.localeCompare(other.tone))
}

/** The flags line of the manual's connection page: setting and page. */
export const FLAGS = [
  { key: 'remote_administration', page: 'system-general' },
  { key: 'smart_host_on', page: 'system-general' },
  { key: 'smtp_auth', page: 'system-smtp' },
  { key: 'local_sender_needed', page: 'system-smtp' },
  { key: 'tarpit_on', page: 'system-smtp' },
  { key: 'name_servers', page: 'system-dns' },
  { key: 'dnsbl_on', page: 'system-block-lists' },
  { key: 'virus_check', page: 'virus' },
  { key: 'housekeeping', page: 'system-housekeeping' },
] as const
