// Every pair of text and ground holds WCAG 2.2 AA, in both themes.
import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'

const css = readFileSync('src/styles/tokens.css', 'utf8')
const [light = '', dark = ''] = css.split(":root[data-theme='dark']")
const grounds = ['canvas', 'surface', 'raised', 'sunken', 'hover']
const tones = ['accent', 'ok', 'warn', 'bad', 'smtp']

const tokens = (block: string) => Object.fromEntries([...block.matchAll(/--([\w-]+): (#[0-9a-f]{6});/g)].map(([, name, value]) => [name, value])) as Record<string, string>

function luminance(colour: string): number {
  const [r = 0, g = 0, b = 0] = [1, 3, 5].map((at) => {
    const part = parseInt(colour.slice(at, at + 2), 16) / 255
    return part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4
  })
  return 0.2126 * r + 0.7152 * g + 0.0722 * b
}

export function contrast(one: string, other: string): number {
  const [low = 0, high = 0] = [luminance(one), luminance(other)].sort((a, b) => a - b)
  return (high + 0.05) / (low + 0.05)
}

const texts: [string, string][] = [
  ...grounds.flatMap((ground) => [['text', ground], ['muted', ground]] as [string, string][]),
  ...tones.map((tone) => [`${tone}-text`, `${tone}-soft`] as [string, string]),
  ...tones.flatMap((tone) => ['surface', 'raised', 'hover'].map((ground) => [`${tone}-text`, ground] as [string, string])),
  ...tones.map((tone) => ['text', `${tone}-soft`] as [string, string]),
  ...tones.map((tone) => ['muted', `${tone}-soft`] as [string, string]),
  ['on-accent', 'accent'],
  ['on-accent', 'accent-hover'],
  ['on-bad', 'bad'],
  ['on-code', 'code'],
]
const shapes: [string, string][] = ['surface', 'raised', 'canvas'].flatMap((ground) => [
  ['line-strong', ground],
  ['focus', ground],
  ...tones.map((tone) => [tone, ground] as [string, string]),
])

describe.each([
  ['light', tokens(light)],
  ['dark', tokens(dark)],
])('%s', (_theme, found) => {
  it.each(texts)('text %s on %s has 4.5:1', (text, ground) => {
    expect(contrast(found[text] ?? '', found[ground] ?? '')).toBeGreaterThanOrEqual(4.5)
  })
  it.each(shapes)('shape %s on %s has 3:1', (shape, ground) => {
    expect(contrast(found[shape] ?? '', found[ground] ?? '')).toBeGreaterThanOrEqual(3)
  })
})
