// What a graph shows, in numbers and in words. Pure.

export interface Series {
  key: string
  label: string
  /** Name of a colour of tokens.css, without the dashes. */
  colour: 'ok' | 'bad' | 'smtp' | 'accent' | 'warn'
  /** A second sign beside the colour. */
  dashed?: boolean
  values: readonly (number | null)[]
}

/** Something that happened, beside what was counted. */
export interface Mark {
  time: number
  label: string
}

export interface Extent {
  now: number
  low: number
  high: number
}

const UP_TO = 12
/** What an axis of counts goes up by: there are no halves. */
export const COUNT_STEPS = Array.from({ length: UP_TO }, (_, power) => [1, 2, 5].map((one) => one * 10 ** power)).flat()
/** What an axis of octets goes up by. */
export const OCTET_STEPS = [0, 1, 2, 3].flatMap((power) => [1, 2, 5, 10, 20, 50, 100, 200, 500].map((one) => one * 1024 ** power))

export function extent(values: readonly (number | null)[]): Extent | null {
  const known = values.filter((value) => value !== null)
  const now = known.at(-1)
  if (now === undefined) return null
  return { now, low: Math.min(...known), high: Math.max(...known) }
}

/** A cell of a table; what a spreadsheet would take for a formula is text in it. */
export function cell(text: string): string {
  const shown = /^[=+\-@\t\r]/.test(text) ? `'${text}` : text
  return /[",\r\n]/.test(shown) ? `"${shown.replaceAll('"', '""')}"` : shown
}

/** Write the values as a table (RFC 4180). */
export function csv(times: readonly number[], series: readonly Series[], timeLabel: string): string {
  const head = [timeLabel, ...series.map((one) => one.label)]
  const rows = times.map((time, index) => [new Date(time * 1000).toISOString(), ...series.map((one) => String(one.values[index] ?? ''))])
  return [head, ...rows].map((row) => row.map(cell).join(',')).join('\r\n')
}

/** A line through the values in a box, as an SVG path; gaps where there is no value. */
export function path(values: readonly (number | null)[], width: number, height: number): string {
  const found = extent(values)
  if (!found || values.length < 2) return ''
  const range = found.high - found.low || 1
  let isOn = false
  return values
    .map((value, index) => {
      if (value === null) {
        isOn = false
        return ''
      }
      const x = (index / (values.length - 1)) * width
      const y = height - ((value - found.low) / range) * height
      const step = `${isOn ? 'L' : 'M'}${x.toFixed(1)} ${y.toFixed(1)}`
      isOn = true
      return step
    })
    .join('')
}
