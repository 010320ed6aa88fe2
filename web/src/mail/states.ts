// Where a recipient is, as lists show it: its colour (the word beside it says the same), and why.

export type Tone = 'neutral' | 'accent' | 'ok' | 'warn' | 'bad'

const TONES: Readonly<Record<string, Tone>> = { fresh: 'accent', trying: 'accent', retry: 'warn', soft: 'warn', held: 'neutral', delivered: 'ok', failed: 'bad', returned: 'bad' }

export const stateTone = (state: string): Tone => TONES[state] ?? 'neutral'

/** States in which mail can wait, in the order of its life. */
export const WAITING = ['fresh', 'trying', 'retry', 'soft', 'held'] as const

const TRIED = /^[^\s[]+\[[^\]]+\](?::\d+)?: /

/** Whether a reply is what MailMax found at a host (`host[address]: why`, with `:port` before the colon where it is not 25), in place of what that said. */
export const isOurs = (reply: string) => TRIED.test(reply)

/** Why a try failed, for a narrow column. */
export const withoutHost = (reply: string) => reply.replace(TRIED, '')
