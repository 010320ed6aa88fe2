// Where a recipient is, as lists show it: its colour (the word beside it says the same), and why.

export type Tone = 'neutral' | 'accent' | 'ok' | 'warn' | 'bad'

const TONES: Readonly<Record<string, Tone>> = { fresh: 'accent', trying: 'accent', retry: 'warn', soft: 'warn', held: 'neutral', delivered: 'ok', failed: 'bad', returned: 'bad' }

export const stateTone = (state: string): Tone => TONES[state] ?? 'neutral'

/** States in which mail can wait, in the order of its life. */
export const WAITING = ['fresh', 'trying', 'retry', 'soft', 'held'] as const

/** Why a try failed, for a narrow column: what comes after `host[address]:port: `. */
export const withoutHost = (reply: string) => reply.replace(/^[^\s[]+\[[^\]]+\]:\d+: /, '')
