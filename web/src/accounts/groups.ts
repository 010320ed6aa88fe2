// Which settings of a user or domain stand on which sheet, in the manual's order.
import type { SettingsGroup } from '@/kit/settingsform'

type Sheet = 'general' | 'forwarding' | 'reply'

const USER: Readonly<Record<Sheet, readonly SettingsGroup[]>> = {
  general: [
    { title: 'accounts.groups.person', keys: ['first_name', 'last_name', 'kind'] },
    { title: 'accounts.groups.box', keys: ['box_limit_octets', 'message_limit_octets', 'virus_check'], advanced: ['housekeeping', 'housekeeping_days'] },
    { title: 'accounts.groups.sending', keys: ['daily_messages', 'daily_octets', 'sending_limits_off'], advanced: ['smtp_auth_not_needed'] },
  ],
  forwarding: [{ title: 'accounts.groups.forwarding', keys: ['forwarding_on', 'forwards', 'forwards_keep_copy'] }],
  reply: [{ title: 'accounts.groups.reply', keys: ['reply_on', 'reply_from', 'reply_name', 'reply_subject', 'reply_text', 'reply_days'] }],
}

/** The server's list of what is left to a domain's administrators (DECISIONS 25) refuses more. */
const LIMITS = new Set(['box_limit_octets', 'message_limit_octets', 'housekeeping', 'housekeeping_days', 'daily_messages', 'daily_octets', 'sending_limits_off', 'smtp_auth_not_needed'])

export const DOMAIN: Readonly<Record<'general' | 'mailboxes', readonly SettingsGroup[]>> = {
  general: [
    { title: 'accounts.groups.kind', keys: ['kind', 'delivery_address', 'priority', 'recipient_check', 'mail_root'] },
    { title: 'accounts.groups.services', keys: ['suspended', 'virus_check'] },
    { title: 'accounts.groups.smarthost', keys: ['smart_host_on', 'smart_host'], advanced: ['smart_host_tls', 'smart_host_user', 'smart_host_password'] },
  ],
  mailboxes: [
    { title: 'accounts.groups.boxes', keys: ['box_limit_octets', 'max_users', 'message_limit_octets'] },
    { title: 'accounts.groups.session', keys: ['session_octets', 'session_messages'] },
    { title: 'accounts.groups.accounts', keys: ['catch_all', 'monitor', 'blank_passwords'] },
    { title: 'accounts.groups.overlimit', keys: ['over_limit_notice', 'over_limit_threshold'] },
    { title: 'accounts.groups.housekeeping', keys: ['housekeeping', 'housekeeping_days'] },
  ],
}

/** Settings that only matter for some types of domains (manual 6.1). */
export const WHEN = {
  delivery_address: ['kind', 'relay', 'etrn'],
  priority: ['kind', 'backup'],
  recipient_check: ['kind', 'backup', 'relay'],
} as const

function narrowed(groups: readonly SettingsGroup[], may: (key: string) => boolean): SettingsGroup[] {
  return groups
    .map((group) => ({ ...group, keys: group.keys.filter(may), advanced: group.advanced?.filter(may) ?? [] }))
    .filter((group) => group.keys.length + group.advanced.length > 0)
}

/** The groups of a user's sheet, without what one may not change. */
export const groupsOf = (sheet: Sheet, isSystem: boolean): readonly SettingsGroup[] =>
  isSystem ? USER[sheet] : narrowed(USER[sheet], (key) => !LIMITS.has(key))
