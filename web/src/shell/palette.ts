// What the palette finds: pages, settings and commands, by the words of their names.
import type { Component } from 'vue'

export interface Found {
  id: string
  kind: 'page' | 'setting' | 'command'
  label: string
  note: string
  icon?: Component
  act: () => void
}

/** How well words fit; 0: not at all. Every word must begin a word or stand inside. */
export function fit(text: string, typed: string): number {
  const there = text.toLowerCase()
  let points = 1
  for (const word of typed.toLowerCase().split(/\s+/).filter(Boolean)) {
    const at = there.indexOf(word)
    if (at < 0) return 0
    points += at === 0 ? 4 : /[\p{L}\p{N}]/u.test(there[at - 1] ?? '') ? 1 : 3
  }
  return points
}

const MOST = 12

export function search(all: readonly Found[], typed: string): Found[] {
  if (!typed.trim()) return all.filter((one) => one.kind !== 'setting').slice(0, MOST)
  return all
    .map((one) => ({ one, points: fit(one.label, typed) * 2 || fit(`${one.label} ${one.note}`, typed) }))
    .filter(({ points }) => points > 0)
    .sort((a, b) => b.points - a.points)
    .slice(0, MOST)
    .map(({ one }) => one)
}
