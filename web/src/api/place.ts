// Which system the pages show: the own one, or another that is administered from here.
//
// Theory:
//     /admin/s/NAME/… are the same pages of another system, and /api/v1/s/NAME/… its API,
//     by our own server. It is read once: going to another system loads the pages anew,
//     so nothing of the one before is left. What is about oneself stays at home.
const OTHER = /^\/admin\/s\/([^/]+)(?:\/|$)/
const AT_HOME = /^\/(?:session|sessions|keys|preferences|second_factor|systems|system-groups)(?:[/?]|$)/

/** Take the name out of an address; empty: the own system. */
export function systemOf(path: string): string {
  try {
    return decodeURIComponent(OTHER.exec(path)?.[1] ?? '')
  } catch {
    return ''
  }
}

const path = globalThis.location.pathname

/** The other system that is shown; empty: the own one. */
export const system = systemOf(path)

/** Where the pages shown begin, exactly as the browser spells it. */
export const base = system ? (OTHER.exec(path)?.[0] ?? '').replace(/\/?$/, '/') : '/admin/'

/** Where a system's pages begin. */
export const pagesOf = (name: string) => (name ? `/admin/s/${encodeURIComponent(name)}/` : '/admin/')

/** The address of something in the API of a system. */
export function apiUrl(path: string, of = system): string {
  return of && !AT_HOME.test(path) ? `/api/v1/s/${encodeURIComponent(of)}${path}` : `/api/v1${path}`
}
