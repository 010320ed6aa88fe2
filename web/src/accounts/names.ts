// Names that somebody typed or pasted, and what became of many. Pure.

export interface NotDone {
  name: string
  code: string
  field: string
  detail: string
  hint: string
}

export interface ManyDone {
  done: string[]
  refused: NotDone[]
  waiting_for: string[]
  notes: string[]
}

/** Part what was pasted at blanks, commas, semicolons; each name once. */
export const namesOf = (text: string): string[] => [...new Set(text.split(/[\s,;]+/).filter(Boolean))]
