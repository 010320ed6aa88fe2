// What an administrator made of the pages (columns, filters), kept on the server.
import { api } from '@/api/client'

const waiting = new Map<string, ReturnType<typeof setTimeout>>()
const SETTLED_MS = 600

/** Read a preference; what was never kept is undefined. */
export async function readPreference<T>(name: string): Promise<T | undefined> {
  try {
    return (await api.get<{ value: T | null }>(`/preferences/${encodeURIComponent(name)}`)).data.value ?? undefined
  } catch {
    // A list without its kept columns is still a list.
    return undefined
  }
}

/** Keep a preference, once it is not changed any more; null forgets it. */
export function keepPreference(name: string, value: unknown): void {
  clearTimeout(waiting.get(name))
  const path = `/preferences/${encodeURIComponent(name)}`
  waiting.set(
    name,
    setTimeout(() => {
      void (value === null ? api.remove(path) : api.put(path, { value })).catch(() => undefined)
    }, SETTLED_MS),
  )
}
