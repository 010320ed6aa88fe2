// Rows of domains and users, as the lists of the API tell them.

export const DOMAIN_KINDS = ['normal', 'clustered', 'etrn', 'relay', 'backup'] as const
export const USER_KINDS = ['normal', 'disabled', 'trap'] as const

export type DomainKind = (typeof DOMAIN_KINDS)[number]

export interface DomainRow {
  name: string
  kind: DomainKind
  users: number
  aliases: number
  names: string[]
  suspended: string[]
  directory: string
  max_users: number
  box_limit_octets: number
  used_octets: number | null
}

export interface UserRow {
  address: string
  first_name: string
  last_name: string
  kind: (typeof USER_KINDS)[number]
  box_limit_octets: number
  is_system_administrator: boolean
  administers: number
  forwards: string[]
  used_octets: number | null
  last_login_at: string | null
}

export const SERVICES = ['smtp', 'pop3', 'imap', 'web'] as const
