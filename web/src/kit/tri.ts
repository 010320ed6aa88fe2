/** A filter of three states: any, only those that are, only those that are not. */
export type Tri = 'any' | 'yes' | 'no'

export const nextTri = (value: Tri): Tri => ({ any: 'yes', yes: 'no', no: 'any' })[value] as Tri
