// Whether a key that is pressed is meant for the page.

/** Whether keys typed there are text. */
export function isTyping(target: EventTarget | null): boolean {
  if (!(target instanceof HTMLElement)) return false
  return target.isContentEditable || /^(INPUT|TEXTAREA|SELECT)$/.test(target.tagName)
}

export const isDialogOpen = () => document.querySelector('[role="dialog"],[role="alertdialog"],[role="menu"]') !== null

/** A letter belongs to a g before it for so long. */
const TOGETHER_MS = 900

/** Return what tells of each key the letter that follows a g in time; of all others ''. */
export function lettersAfterG(): (key: string, at: number) => string {
  let begun = -Infinity
  return (key, at) => {
    const isInTime = at - begun < TOGETHER_MS
    begun = key === 'g' ? at : -Infinity
    return isInTime && key !== 'g' ? key : ''
  }
}
