// The keys of a list: j k, arrows, Enter, x, Del, F2. What a key means is decided here.

export type RowAct = 'down' | 'up' | 'first' | 'last' | 'open' | 'select' | 'remove' | 'rename' | 'filter' | 'pageDown' | 'pageUp'

const KEYS: Readonly<Record<string, RowAct>> = {
  j: 'down',
  ArrowDown: 'down',
  k: 'up',
  ArrowUp: 'up',
  Home: 'first',
  End: 'last',
  PageDown: 'pageDown',
  PageUp: 'pageUp',
  Enter: 'open',
  x: 'select',
  ' ': 'select',
  Delete: 'remove',
  F2: 'rename',
  '/': 'filter',
}

export function rowAct(event: Pick<KeyboardEvent, 'key' | 'ctrlKey' | 'metaKey' | 'altKey'>): RowAct | undefined {
  return event.ctrlKey || event.metaKey || event.altKey ? undefined : KEYS[event.key]
}

const SCREENFUL = 15

/** Where the focus goes. */
export function stepTo(act: RowAct, at: number, length: number): number {
  const wanted: Partial<Record<RowAct, number>> = { down: at + 1, up: at - 1, first: 0, last: length - 1, pageDown: at + SCREENFUL, pageUp: at - SCREENFUL }
  return Math.max(0, Math.min(length - 1, wanted[act] ?? at))
}
