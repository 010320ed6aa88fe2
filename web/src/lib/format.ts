// Numbers, sizes and moments as the reader's language and country write them.
import { variant } from './i18n'

const UNITS = ['byte', 'kilobyte', 'megabyte', 'gigabyte', 'terabyte'] as const

export const count = (value: number) => new Intl.NumberFormat(variant()).format(value)

/** A size in the unit in which it has three figures, and how many of them are behind the point. */
function scaled(value: number): { step: number; shown: number; digits: number } {
  let step = 0
  while (step < UNITS.length - 1 && value >= 1024 ** (step + 1)) step += 1
  const shown = value / 1024 ** step
  return { step, shown, digits: step === 0 || shown >= 100 ? 0 : 1 }
}

function inUnit(value: number, step: number, digits: number): string {
  return new Intl.NumberFormat(variant(), { style: 'unit', unit: UNITS[step], unitDisplay: step === 0 ? 'long' : 'short', maximumFractionDigits: digits }).format(value)
}

/** Write octets with three figures: 48.2 MB. */
export function octets(value: number): string {
  const { step, shown, digits } = scaled(value)
  return inUnit(shown, step, digits)
}

/** Write octets so, and where that rounds, whole, too: 1.5 kB (1,500 bytes). */
export function exactOctets(value: number): string {
  const { shown, digits } = scaled(value)
  const isExact = Number.isInteger(shown * 10 ** digits)
  return isExact ? octets(value) : `${octets(value)} (${inUnit(value, 0, 0)})`
}

export function moment(value: string | number | Date): string {
  return new Intl.DateTimeFormat(variant(), { dateStyle: 'medium', timeStyle: 'medium' }).format(new Date(value))
}

const STEPS: readonly [Intl.RelativeTimeFormatUnit, number][] = [
  ['day', 86_400],
  ['hour', 3_600],
  ['minute', 60],
  ['second', 1],
]

/** Write a span as "3 minutes ago" or "in 2 hours". */
export function ago(value: string | number | Date, now = Date.now()): string {
  const seconds = Math.round((new Date(value).getTime() - now) / 1000)
  const [unit, size] = STEPS.find(([, length]) => Math.abs(seconds) >= length) ?? ['second', 1]
  return new Intl.RelativeTimeFormat(variant(), { numeric: 'auto' }).format(Math.trunc(seconds / size), unit)
}

/** Write the time of day. */
export const clock = (value: string | number | Date) => new Intl.DateTimeFormat(variant(), { timeStyle: 'medium' }).format(new Date(value))

/** Write how long something took that is quick: 23 ms, 1.4 sec. */
export function duration(ms: number): string {
  const isShort = ms < 1000
  return new Intl.NumberFormat(variant(), { style: 'unit', unit: isShort ? 'millisecond' : 'second', maximumFractionDigits: isShort || ms >= 10_000 ? 0 : 1 }).format(isShort ? ms : ms / 1000)
}

/** Write a length of time in its two largest units: 3 d 4 h. */
export function span(seconds: number): string {
  const parts: string[] = []
  let left = Math.max(0, Math.round(seconds))
  for (const [unit, size] of STEPS) {
    const whole = Math.floor(left / size)
    left -= whole * size
    if (whole > 0 || (unit === 'second' && parts.length === 0))
      parts.push(new Intl.NumberFormat(variant(), { style: 'unit', unit, unitDisplay: 'narrow' }).format(whole))
    if (parts.length === 2) break
  }
  return parts.join(' ')
}

/**
 * Write moments (seconds) below the axis of a graph: the time, and below the first of a day the day.
 * @param step Seconds between two: below a minute they are written to the second, from a day on as days alone.
 */
export function axisTimes(moments: readonly number[], step: number): string[] {
  const days = new Intl.DateTimeFormat(variant(), { day: 'numeric', month: 'short' })
  const times = new Intl.DateTimeFormat(variant(), { timeStyle: step < 60 ? 'medium' : 'short' })
  let before = ''
  return moments.map((one) => {
    const day = days.format(one * 1000)
    const isNew = day !== before
    before = day
    if (step >= 86_400) return day
    return isNew ? `${times.format(one * 1000)}\n${day}` : times.format(one * 1000)
  })
}
