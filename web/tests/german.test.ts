// What the server says in English is shown in German where there are words for it.
import { beforeAll, describe, expect, it } from 'vitest'
import { Problem } from '@/api/problem'
import { octets } from '@/lib/format'
import { needSentences, needSettingWords, useLanguage } from '@/lib/i18n'
import { isCommand, languageOf, saidAll } from '@/lib/reasons'
import { choiceOf, helpOf, helpText, labelOf } from '@/lib/settings'
import overview from '@/locales/de/overview.json'

describe('in German', () => {
  beforeAll(async () => {
    await useLanguage('de')
    await needSettingWords()
    await needSentences()
  })

  it('settings have the words of their scope', () => {
    expect(labelOf('kind', 'x')).toBe('x')
    expect(labelOf('domain.kind', 'x')).toBe('Art der Domain')
    expect(labelOf('user.kind', 'x')).toBe('Art des Kontos')
    expect(labelOf('hostname', 'x')).toBe('Hostname')
    expect(helpOf('dnsbl_zones', 'x')).toContain('ZONE@IP')
  })
  it('octets are counted', () => {
    expect([1, 308, 2048].map((size) => octets(size).replace('\u00a0', ' '))).toEqual(['1 Byte', '308 Byte', '2 kB'])
  })
  it('a choice means what it does at its setting', () => {
    expect(choiceOf('kind', 'disabled')).toBe('Gesperrt')
    expect(choiceOf('housekeeping', 'disabled')).toBe('Nichts')
    expect(choiceOf('x', 'of_the_future')).toBe('of the future')
  })
  it('a value that cannot be used is told with reason and cure', () => {
    const problem = new Problem(422, { code: 'bad_value', field: 'max_users', detail: "'x' is no whole number in the bounds", hint: 'give 0 to 10' })
    expect(problem.message).toBe("'x' ist keine ganze Zahl in den Grenzen")
    expect(problem.hint).toBe('Möglich ist 0 bis 10')
  })
  it('what is not known stays in what is said', () => {
    const problem = new Problem(409, { code: 'conflict', detail: 'there is a.test', hint: 'take another' })
    expect(problem.message).toBe('Das passt nicht zu dem, was schon da ist: there is a.test')
    expect(problem.hint).toBe('take another')
    expect(new Problem(418, { code: 'teapot', detail: 'short and stout' }).message).toBe('short and stout')
  })
  it('commands are the same in findings, and so is what the system says', () => {
    expect(saidAll('move it up: mailmax filter move 3 PLACE; or take it away: mailmax filter remove 3')).toBe('Schieben Sie ihn nach oben: mailmax filter move 3 PLACE; oder nehmen Sie ihn weg: mailmax filter remove 3')
    expect(saidAll('/srv/mail: Is a directory')).toBe('/srv/mail: Is a directory')
    const command = 'mailmax user password a@a.test'
    expect([saidAll(command), languageOf(command), isCommand(command)]).toEqual([command, undefined, true])
    expect(isCommand('mailmax service add ADDRESS smtp, or open it')).toBe(false)
  })
  it('a sentence within another is said, too; what somebody typed is not', () => {
    const put = 'mail for unknown names in clustered domains is put off'
    expect(saidAll(`it was never seen (the line was lost): ${put}`)).toMatch(/^Es hat sich noch nie gemeldet \(die Verbindung ist abgerissen\): /)
    expect(saidAll('the mail of the line was lost is passed on: it has no users')).toContain('the line was lost')
  })
  it('words of strangers are never read as a message', () => {
    const detail = "'{0} | @:kit.save' is no host"
    expect(new Problem(422, { code: 'bad_value', detail }).message).toBe("'{0} | @:kit.save' ist kein Host")
  })
})

describe('in English', () => {
  beforeAll(() => useLanguage('en'))

  it('help names what is typed by the words of the page', () => {
    const told = { scope: 'system', key: 'smtp_auth', choices: ['none', 'required'] } as const
    const help = 'x `none`, `required`: as `sending_authentication=auth`, and `of_the_future`.'
    expect(helpText({ ...told, choices: [...told.choices], help })).toBe('x Not offered, Required: as “Log in”, and “of_the_future”.')
  })

  it('octets are counted', () => {
    expect([octets(1), octets(308), octets(2048)]).toEqual(['1 byte', '308 bytes', '2 kB'])
  })
  it('the server speaks for itself', () => {
    const problem = new Problem(422, { code: 'bad_value', detail: "'x' is no host", hint: 'give it' })
    expect([problem.message, problem.hint]).toEqual(["'x' is no host", 'give it'])
    expect(labelOf('hostname', 'Host name')).toBe('Host name')
    expect(choiceOf('smtp_auth', 'none')).toBe('Not offered')
  })
})

describe('sentences in rows, notes and states', () => {
  beforeAll(() => useLanguage('de'))

  it('are known alone, several together, and with what they are about', () => {
    expect(saidAll('another program has that port')).toBe('diesen Port hat ein anderes Programm')
    expect(saidAll('caution: this is a domain here; who logs in is exempt')).toBe('Achtung: Das ist eine Domain hier; wer sich anmeldet, ist ausgenommen')
    expect(saidAll('ann@a.test is no address of the user; the mail stays where it is')).toBe('ann@a.test ist keine Adresse dieses Benutzers; die Mail bleibt, wo sie ist')
    expect(saidAll('clamd: it does not answer in time; it runs on mx2, too')).toBe('clamd: keine Antwort zur rechten Zeit; der Dienst läuft auch auf mx2')
    expect(saidAll('mailmax.toml: Permission denied')).toBe('mailmax.toml: kein Zugriff')
  })
  it('stay as they came, and say in which language that is, where they are not known', () => {
    expect([saidAll('short: and stout'), languageOf('short: and stout'), languageOf('it does not answer')]).toEqual(['short: and stout', 'en', undefined])
  })
  it('the cure of the reason comes before that of its code', () => {
    const problem = new Problem(503, { code: 'later', detail: 'POPMax is not running', hint: 'try again later' })
    expect([problem.message, problem.hint]).toEqual(['POPMax läuft nicht', 'Versuchen Sie es noch einmal'])
  })
})

describe('names of facts', () => {
  it('have no word that is wider than their column', () => {
    const words = Object.entries(overview).filter(([key]) => key.startsWith('fact_')).flatMap(([, name]) => String(name).split(' '))
    expect(words.filter((word) => word.length > 20)).toEqual([])
  })
})
