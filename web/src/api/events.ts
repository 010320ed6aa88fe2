// Server-sent events (HTML standard, 9.2): one stream, kept up until it is closed.
//
// Theory:
//     The browser's EventSource resumes by itself with Last-Event-ID as long as the
//     connection merely breaks; after an answer that is no stream (a restart behind a
//     proxy, 503) it gives up. Then we open a new one, later each time, and say where we
//     were in the address, as a new EventSource forgets it.

export type Link = 'opening' | 'open' | 'waiting' | 'closed'

export interface Listening {
  close(): void
}

export interface Wanted {
  /** Kinds of events and what to do with their decoded data. */
  on: Record<string, (data: unknown, id: string) => void>
  link?: (state: Link) => void
  /** Go on behind that event. */
  lastId?: string
  /** The server answered with no stream; a new try follows. */
  refused?: () => void
  /** For tests. */
  source?: (url: string) => EventSource
}

const LONGEST_WAIT_MS = 30_000

/** How long to wait before the n-th new try. */
export function waitBefore(attempt: number): number {
  return Math.min(LONGEST_WAIT_MS, 1_000 * 2 ** Math.min(attempt, 5))
}

/** Add the last event's id to an address. */
export function resumed(url: string, lastId: string): string {
  if (!lastId) return url
  return `${url}${url.includes('?') ? '&' : '?'}last_event_id=${encodeURIComponent(lastId)}`
}

/** Listen to a stream of the API until `close`. */
export function listen(url: string, wanted: Wanted): Listening {
  const make = wanted.source ?? ((address: string) => new EventSource(address))
  let source: EventSource | null = null
  let timer: ReturnType<typeof setTimeout> | undefined
  let attempt = 0
  let lastId = wanted.lastId ?? ''
  const tell = (state: Link) => wanted.link?.(state)

  const open = () => {
    tell('opening')
    const current = make(resumed(url, lastId))
    source = current
    current.onopen = () => {
      attempt = 0
      tell('open')
    }
    current.onerror = () => {
      tell('waiting')
      if (current.readyState !== 2) return
      wanted.refused?.()
      timer = setTimeout(open, waitBefore(attempt++))
    }
    for (const [kind, act] of Object.entries(wanted.on)) {
      current.addEventListener(kind, (event) => {
        const message = event as MessageEvent<string>
        if (message.lastEventId) lastId = message.lastEventId
        act(message.data ? JSON.parse(message.data) : null, lastId)
      })
    }
  }
  open()
  return {
    close() {
      clearTimeout(timer)
      source?.close()
      tell('closed')
    },
  }
}
