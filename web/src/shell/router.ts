// Addresses to pages; the door is watched here for the eye only: the server decides.
import { createRouter, createWebHistory } from 'vue-router'
import { base, system } from '@/api/place'
import { needsSetup, session } from '@/api/session'
import { t } from '@/lib/i18n'
import { PAGES } from './pages'
import { maySee, navigation, record } from './routes'

export const router = createRouter({
  history: createWebHistory(base),
  routes: PAGES.map(record),
  scrollBehavior: (to, _from, saved) => saved ?? (to.hash ? { el: to.hash, top: 80 } : { top: 0 }),
})

router.beforeEach((to) => {
  const { page } = to.meta
  // Before a system is set up there is nothing else; afterwards there is no such page.
  if (needsSetup.value) return page.name === 'setup' || { name: 'setup' }
  if (page.name === 'setup') return session.value ? nowhere(to) : { name: 'login' }
  if (system && session.value && session.value.role !== 'system') {
    globalThis.location.replace('/admin/')
    return false
  }
  if (page.isPublic || maySee(page, session.value)) return true
  if (!session.value) return { name: 'login', query: to.path === '/' ? {} : { next: to.fullPath } }
  const home = homeOf()
  return home && to.path === '/' ? { name: home } : nowhere(to)
})

const nowhere = (to: { path: string }) => ({ name: 'not-found', params: { path: to.path.slice(1).split('/') } })

/** Whether the server has other pages by now than those of this tab: MailMax was updated. */
async function isUpdated(): Promise<boolean> {
  const entry = document.querySelector('script[type=module][src]')?.getAttribute('src')
  const told = await fetch(base, { cache: 'no-store' }).catch(() => null)
  return Boolean(entry && told?.ok && !(await told.text()).includes(entry))
}

// Files of pages are named after what is in them: those of before an update are gone.
router.onError(async (_thrown, to) => {
  if (await isUpdated()) globalThis.location.assign(router.resolve(to).href)
})

router.afterEach((to) => {
  document.title = [t(to.meta.page.title), system, 'MailMax'].filter(Boolean).join(' · ')
})

/** The first page that this person has: of an administrator of domains their list. */
export const homeOf = (): string | undefined => navigation(PAGES, session.value)[0]?.pages[0]?.name
