// Whether a key that is pressed is meant for the page.

/** Whether keys typed there are text. */
export function isTyping(target: EventTarget | null): boolean {
  if (!(target instanceof HTMLElement)) return false
  return target.isContentEditable || /^(INPUT|TEXTAREA|SELECT)$/.test(target.tagName)
}

export const isDialogOpen = () => document.querySelector('[role="dialog"],[role="alertdialog"],[role="menu"]') !== null
