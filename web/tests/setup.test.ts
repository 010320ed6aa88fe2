// The wizard's draft: what is sent, which step has what is wrong, what is kept.
import { describe, expect, it } from 'vitest'
import { answersOf, chosen, firstDraft, kept, stepOf, takenUp } from '@/setup/draft'
import { linesOf } from '@/setup/lines'
import { matters, withoutPostmaster, type Facts } from '@/wizard/matters'

const found = { root: '/srv/mailmax', host_name: 'mx.a.test', addresses: ['192.0.2.1'], name_servers: [], base_port: 0, is_root: true }

describe('the draft of the wizard', () => {
  it('begins with what was found, and with a password each', () => {
    const draft = firstDraft(found)
    const passwords = [draft.hostPassword, ...draft.people.map((one) => one.password)]
    expect(draft.hostname).toBe('mx.a.test')
    expect(new Set(passwords).size).toBe(5)
    expect(passwords.every((one) => one.length === 20)).toBe(true)
  })
  it('sends who is ticked, and oneself only by name', () => {
    const draft = firstDraft(found)
    expect(chosen(draft).map((one) => one.kind)).toEqual(['postmaster'])
    draft.people = draft.people.map((one) => (one.kind === 'own' ? { ...one, name: ' anna ' } : one))
    draft.nameServers = '192.0.2.53,  192.0.2.54'
    draft.basePort = 'x'
    const sent = answersOf(draft)
    expect(sent.users.map(({ name, administrator }) => [name, administrator])).toEqual([['postmaster', false], ['anna', true]])
    expect([sent.name_servers, sent.base_port]).toEqual([['192.0.2.53', '192.0.2.54'], 0])
  })
  it('knows the step of what is wrong', () => {
    expect(['host_password', 'ip', 'domain', 'directories.mail', 'dir', 'database_url', 'users[1].name', 'users', ''].map(stepOf)).toEqual(['password', 'host', 'domain', 'places', 'places', 'places', 'users', 'users', 'summary'])
  })
  it('is kept over a reload without its passwords', () => {
    const draft = { ...firstDraft(found), domain: 'a.test', hostPassword: 'one-secret' }
    expect(kept(draft)).not.toContain('one-secret')
    expect(draft.people.some((one) => kept(draft).includes(one.password))).toBe(false)
    const again = takenUp(kept(draft), firstDraft(found))
    expect(again.domain).toBe('a.test')
    expect(again.hostPassword).toHaveLength(20)
    expect(again.people.every((one) => one.password.length === 20)).toBe(true)
    expect(takenUp('no JSON', draft)).toBe(draft)
    expect(takenUp(null, draft)).toBe(draft)
  })
})

describe('an answer in lines', () => {
  it('is read line by line however it is cut', async () => {
    const octets = new TextEncoder().encode('{"n":1}\n{"n":"ü"}\n')
    const body = new ReadableStream<Uint8Array>({
      start(pieces) {
        for (const octet of octets) pieces.enqueue(new Uint8Array([octet]))
        pieces.close()
      },
    })
    const read: unknown[] = []
    for await (const line of linesOf({ body } as unknown as Response)) read.push(line)
    expect(read).toEqual([{ n: 1 }, { n: 'ü' }])
  })
})

describe('the check list of a system', () => {
  const facts: Facts = { hasConnections: true, isFirstHostPassword: false, domains: ['a.test', 'b.test'], postmasters: ['Postmaster@a.test'], administrators: 1, hostname: 'mx.a.test', nameServers: [], hasTested: false }
  const open = (of: Facts) => matters(of).filter((one) => one.state === 'open').map((one) => one.key)
  it('wants a postmaster of each domain', () => {
    expect(withoutPostmaster(facts)).toEqual(['b.test'])
    expect(open(facts)).toEqual(['postmaster'])
    expect(open({ ...facts, postmasters: ['postmaster@a.test', 'postmaster@b.test'] })).toEqual([])
  })
  it('ends with a test message, which is no duty', () => {
    const last = (of: Facts) => matters(of).at(-1)
    expect(last(facts)).toEqual({ key: 'test', state: 'try' })
    expect(last({ ...facts, hasTested: true })).toEqual({ key: 'test', state: 'done' })
  })
  it('tells an empty system all that it needs', () => {
    expect(open({ hasConnections: false, isFirstHostPassword: true, domains: [], postmasters: [], administrators: 0, hostname: '', nameServers: [], hasTested: false })).toEqual(['host_password', 'connection', 'domain', 'postmaster', 'administrator'])
  })
})
