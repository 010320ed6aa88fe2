// The one way to the server: fetch with the CSRF token, ETags and typed refusals.
//
// Rules:
// - A change carries X-CSRF-Token; a change of a thing that was read carries the ETag it
//   was read with, so that what another changed meanwhile is not lost.
// - A refusal is a thrown `Problem`; a session that ended is told to `onSignedOut`.
import { apiUrl } from './place'
import { Problem, type ProblemBody } from './problem'

export interface Answer<T> {
  data: T
  etag: string
  status: number
  location: string
}

export interface Page<T> {
  rows: T[]
  next: string
  total: number | null
}

export interface Query {
  limit?: number
  cursor?: string
  q?: string
  sort?: string
  filter?: Record<string, string>
  [name: string]: string | number | boolean | Record<string, string> | undefined
}

interface Wish {
  body?: unknown
  etag?: string
  query?: Query
  signal?: AbortSignal
  type?: string
  /** Of another system than the one that is shown; empty: of the own. */
  system?: string
}

let csrf = ''
let signedOut: () => void = () => undefined

export function setCsrf(token: string): void {
  csrf = token
}

export function onSignedOut(act: () => void): void {
  signedOut = act
}

/** Write a query as the API reads it: filter[field]=value. */
export function queryText(query: Query = {}): string {
  const words = new URLSearchParams()
  for (const [name, value] of Object.entries(query)) {
    if (value === undefined || value === '') continue
    if (typeof value === 'object') {
      for (const [field, wanted] of Object.entries(value)) if (wanted !== '') words.append(`filter[${field}]`, wanted)
    } else words.append(name, String(value))
  }
  const text = words.toString()
  return text ? `?${text}` : ''
}

async function refusal(response: Response): Promise<Problem> {
  const isProblem = (response.headers.get('content-type') ?? '').includes('json')
  const body = isProblem ? ((await response.json().catch(() => ({}))) as ProblemBody) : {}
  return new Problem(response.status, body)
}

/** Ask the server; what it answers is not read yet. */
export async function send(method: string, path: string, wish: Wish = {}): Promise<Response> {
  const headers: Record<string, string> = { Accept: 'application/json' }
  if (method !== 'GET') headers['X-CSRF-Token'] = csrf
  if (wish.etag) headers['If-Match'] = wish.etag
  if (wish.body !== undefined) headers['Content-Type'] = wish.type ?? 'application/json'
  const response = await fetch(apiUrl(path, wish.system) + queryText(wish.query), {
    method,
    headers,
    credentials: 'same-origin',
    body: wish.body === undefined ? null : JSON.stringify(wish.body),
    signal: wish.signal ?? null,
  }).catch((thrown: unknown) => {
    if (thrown instanceof DOMException && thrown.name === 'AbortError') throw thrown
    throw new Problem(0, { code: 'unreachable' })
  })
  if (!response.ok) {
    const problem = await refusal(response)
    if (response.status === 401 && path !== '/session') signedOut()
    throw problem
  }
  return response
}

/** Ask the server. */
export async function ask<T>(method: string, path: string, wish: Wish = {}): Promise<Answer<T>> {
  const response = await send(method, path, wish)
  const text = response.status === 204 ? '' : await response.text()
  return {
    data: (text ? JSON.parse(text) : undefined) as T,
    etag: response.headers.get('etag') ?? '',
    status: response.status,
    location: response.headers.get('location') ?? '',
  }
}

export const api = {
  get: <T>(path: string, query?: Query, signal?: AbortSignal) => ask<T>('GET', path, { query, signal }),
  list: async <T>(path: string, query?: Query, signal?: AbortSignal) =>
    (await ask<Page<T>>('GET', path, { query, signal })).data,
  post: <T>(path: string, body?: unknown, query?: Query) => ask<T>('POST', path, { body, query }),
  /** Do something with a thing as it was read. */
  postMatched: <T>(path: string, body: unknown, etag: string) => ask<T>('POST', path, { body, etag }),
  put: <T>(path: string, body: unknown, etag = '', query?: Query) => ask<T>('PUT', path, { body, etag, query }),
  patch: <T>(path: string, body: unknown, etag = '') =>
    ask<T>('PATCH', path, { body, etag, type: 'application/merge-patch+json' }),
  remove: <T>(path: string, etag = '', query?: Query) => ask<T>('DELETE', path, { etag, query }),
}

/** Read a list page by page, until its end or as far as the caller goes. */
export async function* everyPage<T>(path: string, query: Query = {}): AsyncGenerator<Page<T>> {
  let cursor = ''
  do {
    const page = await api.list<T>(path, { ...query, cursor })
    yield page
    cursor = page.next
  } while (cursor)
}
