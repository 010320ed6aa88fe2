import { describe, expect, it } from 'vitest'
import manifest from '../package.json'
import { agentName } from '../src/lib/agent'
import { linkToken } from '../src/lib/next'
import { madeUp, strengthOf } from '../src/lib/strength'
import { PAGE_PARTS } from '../src/pages/system/pageparts'
import { linesOf } from '../src/pages/system/rejoining'

describe('a one-time link', () => {
  it('carries its token behind the #', () => {
    expect(linkToken('#link=Ab-_9')).toBe('Ab-_9')
    for (const other of ['', '#', '#link=', '#links', '#link=a b', '#x&link=a']) expect(linkToken(other)).toBe('')
  })
})

describe('a browser', () => {
  it('is called as people call it', () => {
    const mozilla = 'Mozilla/5.0'
    const said: [string, string][] = [
      [`${mozilla} (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) HeadlessChrome/147.0.0.0 Safari/537.36`, 'Chrome 147, Linux'],
      [`${mozilla} (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/147.0.0.0 Safari/537.36 Edg/147.0.1`, 'Edge 147, Windows'],
      [`${mozilla} (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0`, 'Firefox 140, Linux'],
      [`${mozilla} (Linux; Android 15; Pixel 9) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/146.0.0.0 Mobile Safari/537.36`, 'Chrome 146, Android'],
      [`${mozilla} (iPhone; CPU iPhone OS 19_0 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/19.1 Mobile/15E148 Safari/604.1`, 'Safari 19, iOS'],
      [`${mozilla} (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/19.1 Safari/605.1.15`, 'Safari 19, macOS'],
      ['curl/8.14.1', 'curl 8'],
      ['my-script', 'my-script'],
      ['', ''],
    ]
    expect(said.map(([one]) => agentName(one))).toEqual(said.map(([, name]) => name))
  })
})

describe('strength', () => {
  it('is told by length and variety', () => {
    expect(strengthOf('short')).toBe('weak')
    expect(strengthOf('aaaaaaaaaaaaaaaaaaaaaaaa')).toBe('weak')
    expect(strengthOf('correcthorsebatt')).toBe('fair')
    expect(strengthOf('K7m-Qx2!vR9z_Lp4T')).toBe('strong')
  })
  it('is strong for what is made up, which is another each time', () => {
    const found = madeUp()
    expect(found).toHaveLength(24)
    expect(found).not.toBe(madeUp())
    expect(strengthOf(found)).not.toBe('weak')
  })
})

describe('joining again', () => {
  const before = [
    { service: 'smtpmax@a', joined_at: '1', ready: true },
    { service: 'popmax@b', joined_at: '1', ready: true },
    { service: 'imapmax@c', joined_at: '1', ready: true },
  ]
  it('is done when the service has come at another moment and is ready', () => {
    const now = [
      { service: 'smtpmax@a', joined_at: '2', ready: true },
      { service: 'popmax@b', joined_at: '2', ready: false },
      { service: 'imapmax@c', joined_at: '1', ready: true },
    ]
    expect(linesOf(before, now, ['imapmax@c']).map((line) => line.state)).toEqual(['untold', 'joining', 'back'])
  })
  it('is not done while it is away', () => {
    expect(linesOf(before, [], []).every((line) => line.state === 'joining')).toBe(true)
  })
})

describe('the parts of the pages', () => {
  it('are those that are needed, in their versions', () => {
    const told = Object.fromEntries(PAGE_PARTS.map((part) => [part.name, part.version]))
    expect(told).toEqual(manifest.dependencies)
  })
})
