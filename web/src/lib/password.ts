// Passwords by chance: long enough, and of characters that nobody mistakes for others.
const LETTERS = 'abcdefghijkmnpqrstuvwxyzABCDEFGHJKLMNPQRSTUVWXYZ23456789'
const LENGTH = 20

/** Fill an array by chance; the browser's own source unless a test gives another. */
export type Fill = (octets: Uint8Array<ArrayBuffer>) => Uint8Array

/** Make a password of 20 characters (116 bits). */
export function makePassword(fill: Fill = (octets) => crypto.getRandomValues(octets)): string {
  // Octets beyond the last whole multiple are thrown away, so that each letter is as likely.
  const limit = 256 - (256 % LETTERS.length)
  let made = ''
  while (made.length < LENGTH) {
    for (const octet of fill(new Uint8Array(LENGTH))) if (octet < limit && made.length < LENGTH) made += LETTERS[octet % LETTERS.length] ?? ''
  }
  return made
}
