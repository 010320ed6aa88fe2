// Which words of help belong to a page: pages that do the same for others share them.
const SHARED: Readonly<Record<string, string>> = {
  'account-keys': 'keys',
  'account-sign-in': 'sign-in',
  'my-rule': 'rule',
  'my-rules': 'rules',
}

/** The key of a page's help, below `help`. */
export const helpOf = (page: string) => SHARED[page] ?? page
