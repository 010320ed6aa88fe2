// How busy the services were, as graphs want it, and what it means in words. Pure.
//
// Manual: 2.6.
import type { FailedLogins, SystemActivity } from '@/api/schema'

export type Range = 'hour' | '12h' | 'day' | 'week'
export const RANGES: readonly Range[] = ['hour', '12h', 'day', 'week']

/** Moments (Unix time) at which the steps end. */
export function times(activity: Pick<SystemActivity, 'until' | 'step_s'>, count: number): number[] {
  return Array.from({ length: count }, (_, index) => activity.until - (count - 1 - index) * activity.step_s)
}

/** The line of one measure; nothing where the service is not told of. */
export function line(activity: SystemActivity, service: string, measure: string): readonly number[] {
  return activity.services.find((one) => one.service === service)?.series[measure as 'connections'] ?? []
}

/** Moments at which a service was started: the ends of the steps in which it was. */
export function starts(activity: SystemActivity, service: string): { time: number; count: number }[] {
  const found = activity.services.find((one) => one.service === service)?.starts ?? []
  const ends = times(activity, found.length)
  return found.flatMap((count, step) => (count > 0 ? [{ time: ends[step] ?? 0, count }] : []))
}

export const sum = (values: readonly number[]): number => values.reduce((total, value) => total + value, 0)

export interface Warning {
  service: string
  failed: number
  peer: string
  /** Of a hundred failures so many came from there. */
  share: number
  /** As many as would be a danger (the manual: a significant part of the connections). */
  isAttack: boolean
}

const FEW = 5

/** Of which failed logins to speak: the services with more than a few, the most first. */
export function warnings(told: readonly FailedLogins[], connections: (service: string) => number): Warning[] {
  return told
    .filter((one) => one.failed >= FEW && one.peers.length > 0)
    .map((one) => {
      const [top] = one.peers
      const share = Math.round((100 * (top?.failed ?? 0)) / one.failed)
      return { service: one.service, failed: one.failed, peer: top?.address ?? '', share, isAttack: one.failed * 3 > connections(one.service) }
    })
    .sort((one, other) => other.failed - one.failed)
}
