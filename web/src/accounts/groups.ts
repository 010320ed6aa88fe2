// Which settings of a user or domain stand on which sheet, in the manual's order.
import type { SettingsGroup } from '@/kit/settingsform'

export const USER: Readonly<Record<'general' | 'forwarding' | 'reply', readonly SettingsGroup[]>> = {
  general: [
    { title: 'accounts.groups.person', keys: ['first_name', 'last_name', 'kind'] },
    { title: 'accounts.groups.box', keys: ['box_limit_octets', 'message_limit_octets', 'virus_check'], advanced: ['housekeeping', 'housekeeping_days'] },
    { title: 'accounts.groups.sending', keys: ['daily_messages', 'daily_octets', 'sending_limits_off'], advanced: ['smtp_auth_not_needed'] },
  ],
  forwarding: [{ title: 'accounts.groups.forwarding', keys: ['forwarding_on', 'forwards', 'forwards_keep_copy'] }],
  reply: [{ title: 'accounts.groups.reply', keys: ['reply_on', 'reply_from', 'reply_name', 'reply_subject', 'reply_text', 'reply_days'] }],
}

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
