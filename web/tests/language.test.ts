// Words come with what shows them, in the language of the moment and in each chosen later.
import { beforeEach, describe, expect, it, vi } from 'vitest'

type Here = typeof import('@/lib/i18n')
let here: Here

const QUEUE = 'queue.waiting'
const MAIL = 'mail.size'

beforeEach(async () => {
  vi.resetModules()
  here = await import('@/lib/i18n')
  await here.useLanguage('en')
})

describe('the words of a page', () => {
  it('are not among the first, but its title is', async () => {
    expect([here.te('queue.title'), here.te(QUEUE)]).toEqual([true, false])
    await here.needWords(['queue'])
    expect([here.te('queue.title'), here.te(QUEUE)]).toEqual([true, true])
  })
  it('are there before what shows them', async () => {
    const show = here.withWords(['queue'], () => Promise.resolve('the page'))
    expect([await show(), here.te(QUEUE)]).toEqual(['the page', true])
  })
  it('are there in a language that is chosen later, and still when one comes back', async () => {
    await here.needWords(['queue'])
    await here.useLanguage('de')
    expect([here.t('queue.title'), here.te(QUEUE)]).toEqual(['Warteschlange', true])
    await here.useLanguage('en')
    expect([here.t('queue.title'), here.te(QUEUE)]).toEqual(['Queue', true])
  })
  it('are there when page and language are chosen in one moment, in either order', async () => {
    await Promise.all([here.useLanguage('de'), here.needWords(['queue'])])
    expect([here.language(), here.te(QUEUE)]).toEqual(['de', true])
    await Promise.all([here.needWords(['mail']), here.useLanguage('en')])
    expect([here.language(), here.te(MAIL)]).toEqual(['en', true])
  })
  it('never show before they are there', async () => {
    await here.needWords(['queue', 'mail'])
    const change = here.useLanguage('de')
    expect([here.language(), here.te(QUEUE)]).toEqual(['en', true])
    await change
    expect([here.language(), here.te(QUEUE), here.te(MAIL)]).toEqual(['de', true, true])
  })
  it('are in no file that is not there', async () => {
    await here.needWords(['settings'])
    expect(here.te('settings.system.hostname.label')).toBe(false)
    await here.useLanguage('de')
    expect(here.te('settings.system.hostname.label')).toBe(true)
  })
})
