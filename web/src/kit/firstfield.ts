// Where focus begins in a window: who is asked for something types at once.

const FIELDS = ['input:not([type=hidden], [tabindex="-1"], :disabled)', 'textarea:not(:disabled)', 'select:not(:disabled)', '[role=radio][aria-checked=true]'].join()

/** Focus the first field of a window that opens; one without any decides by itself. */
export function focusField(event: Event, body: HTMLElement | null): void {
  const field = body?.querySelector<HTMLElement>(FIELDS)
  if (!field) return
  event.preventDefault()
  field.focus()
}
