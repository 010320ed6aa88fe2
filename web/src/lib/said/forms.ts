/** What sentences of the server look like, and the keys of their words (`reasons.ts`). */
export type Forms = readonly (readonly [RegExp, string])[]
