// What goes with domains, in numbers.
import type { Loss } from '@/kit/ConfirmDialog.vue'
import { count } from '@/lib/format'
import { t } from '@/lib/i18n'

interface Going {
  users: number
  aliases: number
  names: readonly string[]
}

export function domainLosses(going: readonly Going[]): Loss[] {
  const sum = (of: (one: Going) => number) => going.reduce((all, one) => all + of(one), 0)
  const rows = [
    ['domains', going.length],
    ['users', sum((one) => one.users)],
    ['aliases', sum((one) => one.aliases)],
    ['names', sum((one) => one.names.length)],
  ] as const
  return rows.filter(([, amount]) => amount > 0).map(([what, amount]) => ({ amount: count(amount), label: t(`accounts.losses.${what}`, amount) }))
}
