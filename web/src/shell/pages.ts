// All pages that there are.
import type { PageRoute } from './routes'

const found = import.meta.glob<{ default: PageRoute | readonly PageRoute[] }>('../pages/*.route.ts', { eager: true })

export const PAGES: readonly PageRoute[] = Object.values(found).flatMap((module) => module.default)
