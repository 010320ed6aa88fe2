// How well a password withstands guessing, roughly: for a meter, never for a decision.

export type Strength = 'weak' | 'fair' | 'strong'

/** Fewer characters are taken with a caution (the server says so, too). */
export const SHORT = 12
const STRONG_BITS = 80
const KINDS: readonly [RegExp, number][] = [
  [/[a-z]/, 26],
  [/[A-Z]/, 26],
  [/[0-9]/, 10],
  [/[^a-zA-Z0-9]/, 32],
]

/** Count different characters, not repeated ones: "aaaaaaaaaaaaaaaa" is weak. */
export function strengthOf(password: string): Strength {
  const alphabet = KINDS.reduce((size, [kind, count]) => (kind.test(password) ? size + count : size), 0)
  const bits = new Set(password).size * Math.log2(alphabet || 1)
  if (password.length < SHORT || bits < STRONG_BITS / 2) return 'weak'
  return bits < STRONG_BITS ? 'fair' : 'strong'
}

const LETTERS = 'ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnpqrstuvwxyz23456789'

/** Make one up: 24 characters that are told apart when they are read aloud. */
export function madeUp(): string {
  const limit = 256 - (256 % LETTERS.length) // so that no letter comes more often than another
  let found = ''
  while (found.length < 24) {
    for (const octet of crypto.getRandomValues(new Uint8Array(64))) {
      if (octet < limit && found.length < 24) found += LETTERS[octet % LETTERS.length]
    }
  }
  return found
}
