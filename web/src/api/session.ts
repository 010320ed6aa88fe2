// Who is signed in, and what they may: read once, kept while the page is open.
import { ref } from 'vue'
import { api, setCsrf } from './client'
import { Problem } from './problem'

export type Role = 'system' | 'domains' | 'user'

/** As the API tells it. */
export interface SessionAnswer {
  signed_in: boolean
  role: string
  name: string
  domains: string[]
  csrf_token: string
  has_second_factor: boolean
  version: string
  needs_administrator: boolean
  has_domains: boolean
  /** Told by `mailmax serve` where nothing is set up yet, and never afterwards. */
  needs_setup?: boolean
}

export interface Session extends Omit<SessionAnswer, 'role'> {
  role: Role
}

const ROLES: Readonly<Record<string, Role>> = { system_administrator: 'system', domain_administrator: 'domains', user: 'user' }

export const session = ref<Session | null>(null)
/** Nobody administers the system yet. */
export const needsAdministrator = ref(false)
/** Nothing is set up yet: the wizard is all that there is. */
export const needsSetup = ref(false)

function take(found: SessionAnswer): Session | null {
  needsAdministrator.value = found.needs_administrator
  needsSetup.value = found.needs_setup === true
  setCsrf(found.csrf_token)
  session.value = found.signed_in ? { ...found, role: ROLES[found.role] ?? 'user' } : null
  return session.value
}

/** Read the session; null when nobody is signed in. */
export async function readSession(): Promise<Session | null> {
  return take((await api.get<SessionAnswer>('/session')).data)
}

/** Sign in; true when the second factor is still wanted. */
export async function signIn(login: string, password: string, code = ''): Promise<boolean> {
  try {
    take((await api.post<SessionAnswer>('/session', { login, password, code })).data)
    return false
  } catch (thrown) {
    if (thrown instanceof Problem && thrown.code === 'second_factor') return true
    throw thrown
  }
}

/** Sign in with the token of a one-time link. */
export async function signInOnce(link: string): Promise<void> {
  take((await api.post<SessionAnswer>('/session', { link })).data)
}

export async function signOut(): Promise<void> {
  await api.remove('/session')
  forget()
}

export function forget(): void {
  session.value = null
  setCsrf('')
}
