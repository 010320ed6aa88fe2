// What users set for themselves: forwarding and the automatic reply (manual 7.2, 7.3).
import type { SettingsGroup } from '@/kit/settingsform'

export const forwarding: readonly SettingsGroup[] = [{ title: 'account.forwarding.title', keys: ['forwarding_on', 'forwards', 'forwards_keep_copy'] }]
export const reply: readonly SettingsGroup[] = [{ title: 'account.reply.title', keys: ['reply_on', 'reply_from', 'reply_name', 'reply_subject', 'reply_text', 'reply_days'] }]
