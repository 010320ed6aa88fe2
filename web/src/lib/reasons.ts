// A refusal in the reader's language.
//
// Theory:
//     The server speaks English: a stable `code`, a reason, a cure. Where the reader's
//     language has words for the code (locales/<language>/problems.json) they are shown,
//     with the reason in them where the code alone says too little. What the checks of
//     settings say is known by its form. What is not known stays as the server said it.
import { forms, t, te } from './i18n'

/** A sentence of the server in the reader's language, or as it came. */
export function said(sentence: string): string {
  for (const [form, word, inner] of forms()) {
    const found = form.exec(sentence)
    if (!found || !te(`said.${word}`)) continue
    return t(
      `said.${word}`,
      found.map((part, at) => (inner && at === inner ? said(part) : part)).slice(1),
    )
  }
  return sentence
}

/** Several of them, or what is the matter with one thing: "THING: sentence". */
export function saidAll(sentences: string): string {
  const whole = said(sentences)
  if (whole !== sentences) return whole
  return sentences
    .split('; ')
    .map((one) => {
      const told = said(one)
      const [, thing = '', why = ''] = told === one ? (/^([^\s:]+): (.+)$/.exec(one) ?? []) : []
      return why ? `${thing}: ${said(why)}` : told
    })
    .join('; ')
}

/** Whether it is what somebody types at the server, and nothing else: the same in each language. */
export const isCommand = (sentence: string) => /^(?:mailmax|chmod|chown) (?:(?! or )[^;])*$/.test(sentence)

/** The language of what is shown of it, where that is not the reader's. */
export const languageOf = (sentences: string) => (saidAll(sentences) === sentences && !isCommand(sentences) ? 'en' : undefined)

/** The reason, by the code. */
export function reasonOf(code: string, detail: string): string {
  const path = `problems.${code}.text`
  const reason = said(detail)
  if (!code || !te(path)) return reason
  // What is known needs no introduction.
  return reason === detail ? t(path, { detail }) : reason
}

/** The cure: that of the reason, or else what helps against all of that code. */
export function cureOf(code: string, hint: string): string {
  const path = `problems.${code}.hint`
  const cure = said(hint)
  return cure === hint && code && te(path) ? t(path) : cure
}
