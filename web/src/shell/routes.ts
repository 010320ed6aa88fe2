// Pages are found, not listed: each says its address and its place in the navigation in
// pages/<Page>.route.ts, and whoever may not see it gets no entry.
import type { Component } from 'vue'
import type { RouteRecordRaw } from 'vue-router'
import { system } from '@/api/place'
import type { Role, Session } from '@/api/session'
import { withWords } from '@/lib/i18n'

export type Section = 'main' | 'filtering' | 'security' | 'reports' | 'system' | 'tools' | 'account'

/** Sections in the order of the rail. */
export const SECTIONS: readonly Section[] = ['main', 'filtering', 'security', 'reports', 'system', 'tools', 'account']

export interface NavEntry {
  section: Section
  /** Place in its section, low first. */
  order: number
  icon: Component
  /** Key of live numbers (see shell/live.ts), shown as a badge. */
  badge?: 'queue' | 'users'
  /** Second key after g: "g q". */
  key?: string
}

export interface PageRoute {
  /** Below /admin. */
  path: string
  name: string
  /** Key of its title. */
  title: string
  page: () => Promise<unknown>
  /** Files of words that it shows, besides the first. */
  words?: readonly string[]
  nav?: NavEntry
  /** Who has it; without: the system's administrators. */
  roles?: readonly Role[]
  /** For those who are not signed in. */
  isPublic?: boolean
  /** Name of the page above it, for the breadcrumb. */
  parent?: string
  /** It is about oneself, or about all systems: shown of the own one alone. */
  atHome?: boolean
  /** Keys of settings on this page, for the palette. */
  settings?: readonly string[]
}

declare module 'vue-router' {
  interface RouteMeta {
    page: PageRoute
  }
}

/** Say who a page is for; checks the types and nothing else. */
export const definePage = (page: PageRoute): PageRoute => page

/** Keep a list of pages that one file declares. */
export const definePages = (pages: readonly PageRoute[]): readonly PageRoute[] => pages

export function maySee(page: PageRoute, who: Pick<Session, 'role'> | null): boolean {
  if (page.isPublic) return true
  if (page.atHome && system) return false
  return who !== null && (page.roles ?? ['system']).includes(who.role)
}

export interface NavSection {
  section: Section
  pages: PageRoute[]
}

/** Sort pages into the sections of the rail, without what one may not see. */
export function navigation(pages: readonly PageRoute[], who: Pick<Session, 'role'> | null): NavSection[] {
  return SECTIONS.map((section) => ({
    section,
    pages: pages
      .filter((page) => page.nav?.section === section && maySee(page, who))
      .sort((one, other) => (one.nav?.order ?? 0) - (other.nav?.order ?? 0)),
  })).filter((found) => found.pages.length > 0)
}

export function record(page: PageRoute): RouteRecordRaw {
  return { path: page.path, name: page.name, component: withWords(page.words ?? [], page.page as () => Promise<Component>), meta: { page } }
}
