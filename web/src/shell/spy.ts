// The traces that run for this page: one stream tells of them all, each fills its pane.
//
// Theory:
//     A browser keeps six connections to a server: all traces share one. When a trace
//     comes or goes the stream is opened anew and goes on where it was.
import { defineAsyncComponent, markRaw, reactive, shallowReactive } from 'vue'
import { api } from '@/api/client'
import { apiUrl } from '@/api/place'
import { withWords } from '@/lib/i18n'
import { listen, type Link, type Listening } from '@/api/events'
import type { NewTrace, Trace } from '@/api/schema'
import { added, type SpyLine, type SpyRow, type SpyService } from '@/lib/spy'
import { closeInDock, openInDock } from './dock'

export interface Pane {
  id: string
  trace: Trace
  rows: SpyRow[]
  /** What came while it was paused. */
  held: SpyRow[]
  isPaused: boolean
  isEnded: boolean
}

export const spy = reactive<{ panes: Map<string, Pane>; link: Link }>({ panes: new Map(), link: 'closed' })

let stream: Listening | null = null
let lastId = ''

interface Told {
  trace: string
  dropped: number
  lines: SpyLine[]
}

function take(told: Told): void {
  const pane = spy.panes.get(told.trace)
  if (!pane) return
  if (pane.isPaused) pane.held = markRaw(added(pane.held, told.dropped, told.lines))
  else pane.rows = markRaw(added(pane.rows, told.dropped, told.lines))
}

function reopen(): void {
  stream?.close()
  stream = null
  const ids = [...spy.panes.values()].filter((pane) => !pane.isEnded).map((pane) => pane.id)
  if (ids.length === 0) return
  stream = listen(apiUrl(`/events?trace=${ids.join(',')}`), {
    lastId,
    refused: () => void findEnded(),
    on: {
      lines: (data, id) => {
        lastId = id
        take(data as Told)
      },
      ended: (data) => {
        const pane = spy.panes.get((data as { trace: string }).trace)
        if (pane) pane.isEnded = true
        reopen()
      },
    },
    link: (state) => {
      spy.link = state
    },
  })
}

/** Learn which have ended while nobody could tell: the server was started anew. */
async function findEnded(): Promise<void> {
  const running = await api.list<Trace>('/traces').catch(() => null)
  if (!running) return
  const ids = new Set(running.rows.map((one) => one.id))
  const gone = [...spy.panes.values()].filter((pane) => !pane.isEnded && !ids.has(pane.id))
  for (const pane of gone) pane.isEnded = true
  if (gone.length > 0) reopen()
}

/** Begin a trace and show what comes. */
export async function beginTrace(wish: NewTrace): Promise<Pane> {
  const trace = (await api.post<Trace>('/traces', wish)).data
  const pane: Pane = shallowReactive({ id: trace.id, trace, rows: markRaw([]), held: markRaw([]), isPaused: false, isEnded: false })
  spy.panes.set(trace.id, pane)
  reopen()
  return pane
}

export function pause(pane: Pane, on: boolean): void {
  pane.isPaused = on
  if (on) return
  pane.rows = markRaw(added(pane.rows, 0, pane.held as SpyLine[]))
  pane.held = markRaw([])
}

export function clear(pane: Pane): void {
  pane.rows = markRaw([])
  pane.held = markRaw([])
}

/** The dialog that asks what to watch. */
export const spyWish = reactive<{ open: boolean; service: SpyService }>({ open: false, service: 'smtpmax' })

export function askWhatToSpy(service: SpyService = 'smtpmax'): void {
  spyWish.service = service
  spyWish.open = true
}

/** Show the panes in the docked panel. */
export function showDock(title: string): void {
  openInDock({
    id: 'spy',
    title,
    component: defineAsyncComponent(withWords(['spy'], () => import('./SpyPanel.vue'))),
    closed: () => void Promise.all([...spy.panes.keys()].map(endTrace)),
  })
}

/** End a trace; what it held is gone (manual 9.2). */
export async function endTrace(id: string): Promise<void> {
  const pane = spy.panes.get(id)
  spy.panes.delete(id)
  reopen()
  if (spy.panes.size === 0) closeInDock('spy')
  if (pane && !pane.isEnded) await api.remove(`/traces/${encodeURIComponent(id)}`).catch(() => undefined)
}
