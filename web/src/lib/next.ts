/** Where to go after signing in: a path of ours, never another site's. */
export function safeNext(wanted: unknown): string {
  return typeof wanted === 'string' && /^\/(?![/\\])/.test(wanted) ? wanted : '/'
}

/** The token of a one-time link, from what stands behind the `#`; empty where there is none. */
export function linkToken(hash: string): string {
  return /^#link=([A-Za-z0-9_-]+)$/.exec(hash)?.[1] ?? ''
}
