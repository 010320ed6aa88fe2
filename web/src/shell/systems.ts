// The saved connections in the rail: who there is, in which group, and how each is.
//
// Theory:
//     The own system is always there and is called by an empty name. How another is, is
//     asked now and then, a few at a time, and only while somebody looks: a link that
//     nobody uses closes by itself.
import { reactive } from 'vue'
import { api, ask, type Page } from '@/api/client'
import { pagesOf, system } from '@/api/place'
import { asProblem } from '@/api/problem'
import type { ClusterMember, System, SystemGroup, SystemState } from '@/api/schema'
import { worst, type Health } from './live'

export interface How {
  health: Health
  name: string
  version: string
  users: number | null
  domains: number | null
  /** Why it cannot be reached. */
  trouble: string
}

export const UNKNOWN: How = { health: 'unknown', name: '', version: '', users: null, domains: null, trouble: '' }
export const OWN = ''

export const systems = reactive<{ rows: System[]; groups: SystemGroup[]; members: ClusterMember[]; how: Record<string, How> }>({ rows: [], groups: [], members: [], how: {} })

const MOST = 500
const AT_ONCE = 3
const EVERY_MS = 120_000

/** Read who there is. */
export async function readSystems(): Promise<void> {
  const [rows, groups, members] = await Promise.all([
    api.list<System>('/systems', { limit: MOST }),
    api.list<SystemGroup>('/system-groups', { limit: MOST }),
    ask<Page<ClusterMember>>('GET', '/cluster-members', { query: { limit: MOST }, system: OWN }),
  ])
  systems.rows = rows.rows
  systems.groups = groups.rows
  systems.members = members.data.rows
}

/** Put a saved connection into a group; an empty name: into none. */
export async function moveToGroup(name: string, group: string): Promise<void> {
  const path = `/systems/${encodeURIComponent(name)}`
  const { etag } = await api.get(path)
  await api.patch(path, { group }, etag)
  await readSystems()
}

/** What a system tells of itself, as far as a list shows it. */
export function howOf(state: SystemState): How {
  return { health: worst(state.health), name: state.system_name, version: state.version, users: state.users, domains: state.domains, trouble: '' }
}

async function look(name: string): Promise<void> {
  try {
    systems.how[name] = howOf((await ask<SystemState>('GET', '/status', { system: name })).data)
  } catch (thrown) {
    const problem = asProblem(thrown)
    systems.how[name] = { ...(systems.how[name] ?? UNKNOWN), health: 'away', trouble: [problem.message, problem.hint].filter(Boolean).join(' · ') }
  }
}

/** Look at every system but the one that is shown, which tells of itself. */
export async function lookAtAll(): Promise<void> {
  const left = [OWN, ...systems.rows.map((one) => one.name)].filter((name) => name !== system)
  const next = async (): Promise<void> => {
    for (let name = left.shift(); name !== undefined; name = left.shift()) await look(name)
  }
  await Promise.all(Array.from({ length: AT_ONCE }, next))
}

/** Read and look, now and again while the page is looked at. */
export function startSystems(): () => void {
  let timer: ReturnType<typeof setTimeout> | undefined
  const again = async () => {
    if (!document.hidden) {
      await readSystems().catch(() => undefined)
      if (systems.rows.length > 0) await lookAtAll()
    }
    timer = setTimeout(() => void again(), EVERY_MS)
  }
  void again()
  return () => {
    clearTimeout(timer)
  }
}

/** Show a system, on the same page where that page is about no single thing. */
export function goTo(name: string, page = ''): void {
  if (name !== system) globalThis.location.assign(pagesOf(name) + page.replace(/^\//, ''))
}

export interface Node {
  id: string
  kind: 'system' | 'group' | 'cluster' | 'member'
  name: string
  level: 1 | 2
  /** Of a group or the cluster, how many are in it. */
  count: number
}

/** A closed group is known by its line. */
export const CLUSTER = 'cluster'

/** The lines of the tree as they stand, from top to bottom: the cluster is that of the own system. */
export function nodesOf({ rows, groups, members }: Pick<typeof systems, 'rows' | 'groups' | 'members'>, closed: ReadonlySet<string>, typed = ''): Node[] {
  const words = typed.trim().toLowerCase()
  const fits = (one: System) => `${one.name} ${one.host} ${one.group}`.toLowerCase().includes(words)
  const line = (one: System, level: 1 | 2): Node => ({ id: `system ${one.name}`, kind: 'system', name: one.name, level, count: 0 })
  const found = rows.filter(fits)
  const grouped = groups.flatMap((group) => {
    const inside = found.filter((one) => one.group === group.name)
    if (words && inside.length === 0) return []
    const head: Node = { id: `group ${group.name}`, kind: 'group', name: group.name, level: 1, count: inside.length }
    return [head, ...(closed.has(head.id) && !words ? [] : inside.map((one) => line(one, 2)))]
  })
  const own: Node = { id: 'system ', kind: 'system', name: OWN, level: 1, count: 0 }
  const others = members.filter((one) => one.name.toLowerCase().includes(words))
  const cluster: Node[] = others.length === 0 ? [] : [{ id: CLUSTER, kind: 'cluster', name: '', level: 1, count: others.length }]
  if (words || !closed.has(CLUSTER)) cluster.push(...others.map((one): Node => ({ id: `member ${one.name}`, kind: 'member', name: one.name, level: 2, count: 0 })))
  return [own, ...cluster, ...grouped, ...found.filter((one) => !one.group).map((one) => line(one, 1))]
}
