/**
 * What sentences of the server look like, and the keys of their words (`reasons.ts`); and
 * which part of it is a sentence of the server, too (0: the whole of it).
 */
export type Forms = readonly (readonly [form: RegExp, word: string, inner?: number])[]
