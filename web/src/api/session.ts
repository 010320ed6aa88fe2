// Who is signed in, and what they may: read once, kept while the page is open.
import { computed, ref } from 'vue'
import { api, setCsrf } from './client'
import { Problem } from './problem'

export type Role = 'system' | 'domains' | 'user'

export interface Session {
  csrf_token: string
  address: string
  role: Role
  /** Domains that a remote administrator looks after. */
  domains: string[]
  scopes: string[]
  name?: string
  system_name?: string
  version?: string
}

export const session = ref<Session | null>(null)
export const role = computed<Role | ''>(() => session.value?.role ?? '')

interface LoginAnswer {
  second_factor?: boolean
}

/** Read the session; null when nobody is signed in. */
export async function readSession(): Promise<Session | null> {
  try {
    take((await api.get<Session>('/session')).data)
  } catch (thrown) {
    if (!(thrown instanceof Problem) || ![401, 403, 404].includes(thrown.status)) throw thrown
    session.value = null
  }
  return session.value
}

function take(found: Session): void {
  session.value = found
  setCsrf(found.csrf_token)
}

/** Sign in; true when the second factor is still wanted. */
export async function signIn(address: string, password: string, code = ''): Promise<boolean> {
  try {
    const { data } = await api.post<LoginAnswer>('/session', { address, password, ...(code ? { code } : {}) })
    if (data.second_factor) return true
  } catch (thrown) {
    if (thrown instanceof Problem && thrown.code === 'second_factor_needed') return true
    throw thrown
  }
  await readSession()
  return false
}

/** Sign in with the token of a one-time link. */
export async function signInOnce(token: string): Promise<void> {
  await api.post('/session/once', { token })
  await readSession()
}

export async function signOut(): Promise<void> {
  await api.remove('/session')
  forget()
}

export function forget(): void {
  session.value = null
  setCsrf('')
}
