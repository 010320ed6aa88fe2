// What the server says in English, and the key of its words in another language.
//
// Rules:
//     The first form that fits is taken. What a person typed stands in it as it came, and
//     goes into the words in its place.

import type { Forms } from './forms'
import { CHECKS } from './checks'
import { FINDINGS } from './findings'
import { HUB } from './hub'
import { STATES } from './states'

export const SAID: Forms = [
  // Of what is set much is known closely: those that say less come behind it
  ...FINDINGS,
  ...CHECKS,
  ...STATES,
  ...HUB,
  // What is not there, and what may be given: the widest forms come last
  [/^you come from (\S+), and would be shut out$/, 'shutOut'],
  [/^keep a filter above that lets you in, or do it at the server: (mailmax .*)$/, 'keepFilter'],
  [/^there is no connection (.*)$/, 'noSuchConnection'],
  [/^there is no filter (\d+)(?: of .*)?$/, 'noSuchFilter'],
  [/^there is no rule (\d+)(?: of .*)?$/, 'noSuchRule'],
  [/^there is no alias (.*)$/, 'noSuchAlias'],
  [/^there is no ban of (.*)$/, 'noSuchBan'],
  [/^there is no forward to (.*)$/, 'noSuchForward'],
  [/^there is no system (.*)$/, 'noSuchSystem'],
  [/^there is no group (.*)$/, 'noSuchGroup'],
  [/^there is no member (.*)$/, 'noSuchMember'],
  [/^there is no session (\d+)$/, 'noSuchSession'],
  [/^there is no (.*)$/, 'noSuchThing'],
  [/^give one$/, 'giveOneOfIt'],
  [/^name (\S+)$/, 'nameIt'],
  [/^give (\w+(?:, \w+)*)$/, 'giveWords'],
]
