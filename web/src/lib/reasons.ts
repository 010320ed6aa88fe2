// A refusal in the reader's language.
//
// Theory:
//     The server speaks English: a stable `code`, a reason, a cure. Where the reader's
//     language has words for the code (locales/<language>/problems.json) they are shown,
//     with the reason in them where the code alone says too little. What the checks of
//     settings say is known by its form. What is not known stays as the server said it.
import { t, te } from './i18n'

/** What the checks of settings say, and the cures they give: mailmax/settings/kinds.py. */
const SAID: readonly (readonly [RegExp, string])[] = [
  [/^(.*) does not answer at (.*)$/, 'systemAway'],
  [/^whoever answers at (.*) does not prove to know the host password of (.*)$/, 'systemStranger'],
  [/^(.*) does not take the host password that was given for it$/, 'systemPassword'],
  [/^(.*) runs another version of MailMax$/, 'systemVersion'],
  [/^(.*) lets nobody administer it from another computer$/, 'systemClosed'],
  [/^(.*) is neither on nor off$/, 'noSwitch'],
  [/^give on or off$/, 'giveSwitch'],
  [/^(.*) is no whole number in the bounds$/, 'noNumber'],
  [/^give (\d+) to (\d+)$/, 'giveRange'],
  [/^(.*) is no size in the bounds$/, 'noSize'],
  [/^give (\d+) to (\d+) octets \(.*\)$/, 'giveSize'],
  [/^(.*) is none of them$/, 'noneOfThem'],
  [/^give one of: (.*)$/, 'giveOneOf'],
  [/^it is too long or has control characters$/, 'longOrControls'],
  [/^give at most (\d+) printable characters$/, 'givePrintable'],
  [/^it is too long$/, 'tooLong'],
  [/^give at most (\d+) octets$/, 'giveOctets'],
  [/^it has control characters$/, 'controls'],
  [/^give lines of printable text$/, 'giveLines'],
  [/^(.*) is no whole path$/, 'noPath'],
  [/^give one like \/srv\/mail\/example\.org$/, 'givePath'],
  [/^(.*) is no host name$/, 'noHostName'],
  [/^give letters, digits, hyphens and dots, as in mail\.example\.org$/, 'giveHostName'],
  [/^(.*) is no mail address$/, 'noAddress'],
  [/^give name@domain$/, 'giveAddress'],
  [/^(.*) are too many$/, 'tooMany'],
  [/^give at most (\d+)$/, 'giveAtMost'],
  [/^(.*) stands there twice$/, 'twice'],
  [/^give it once$/, 'giveOnce'],
  [/^(.*) is no host$/, 'noHost'],
  [/^give a name or IP address, perhaps :PORT$/, 'giveHost'],
  [/^(.*) is neither a path nor an address$/, 'noSocket'],
  [/^give \/PATH\/OF\/SOCKET or IP:PORT$/, 'giveSocket'],
  [/^it is no list of servers$/, 'noServers'],
  [/^(.*) is no IP address$/, 'noIp'],
  [/^give IP addresses, perhaps with :PORT, with commas between$/, 'giveIps'],
  [/^it is blank$/, 'blank'],
  [/^it is empty$/, 'blank'],
  [/^give at least one character$/, 'giveOne'],
  [/^give 1 to (\d+) characters$/, 'giveCharacters'],
  [/^it contains a space$/, 'space'],
  [/^leave spaces out$/, 'leaveSpaces'],
  [/^it contains a control character$/, 'controls'],
  [/^leave it out$/, 'leaveOut'],
  [/^(.*) is no domain name$/, 'noDomain'],
  [/^give letters, digits, hyphens and dots, as in example\.org$/, 'giveDomain'],
  [/^give one, or \* for all$/, 'giveOneOrAll'],
  [/^(.*) leaves no room for the ports above it$/, 'noRoom'],
  [/^give 0 \(standard ports\) to (\d+)$/, 'giveBasePort'],
  [/^name a directory$/, 'nameDirectory'],
  [/^(.*) may not stand in a name$/, 'notInName'],
  [/^give letters, digits and (\. .*)$/, 'giveNameLetters'],
  [/^(.*) has a dot at an end or two in a row$/, 'dots'],
  [/^put dots between other characters only$/, 'putDots'],
  [/^(.*) is not the domain$/, 'otherDomain'],
  [/^add it after the set-up$/, 'addLater'],
  [/^(.*) is no user name$/, 'noUserName'],
  [/^give one, as in mailmax$/, 'giveUserName'],
  [/^there is no user (.*) on this computer$/, 'noUserHere'],
  [/^(.*) cannot be made: .*$/, 'cannotBeMade'],
  [/^the database does not (?:work|answer).*$/, 'databaseAway'],
  [/^that is a mistake of ours$/, 'ourMistake'],
  [/^look at what serve has printed$/, 'lookAtServe'],
  [/^the mailbox is full$/, 'boxFull'],
  [/^raise the disk limit, or have mail deleted$/, 'makeRoom'],
  [/^the user is disabled$/, 'userDisabled'],
  [/^enable the user first$/, 'enableUser'],
  [/^mail for the domain is suspended$/, 'mailSuspended'],
  [/^let the domain receive again$/, 'letReceive'],
  [/^there were too many test messages in this minute$/, 'manyTests'],
  [/^this test message is not known, or not any more$/, 'testUnknown'],
  [/^send another one$/, 'sendAnother'],
  [/^the filer is not running$/, 'filerAway'],
]

/** Codes whose words only introduce a reason: one that is known needs none. */
const INTRODUCED = new Set(['bad_value', 'conflict', 'later'])

/** A sentence of the server in the reader's language, or as it came. */
export function said(sentence: string): string {
  for (const [form, word] of SAID) {
    const found = form.exec(sentence)
    if (found && te(`problems.said.${word}`)) return t(`problems.said.${word}`, found.slice(1))
  }
  return sentence
}

/** The reason, by the code. */
export function reasonOf(code: string, detail: string): string {
  const path = `problems.${code}.text`
  if (!code || !te(path)) return detail
  const reason = said(detail)
  return INTRODUCED.has(code) && reason !== detail ? reason : t(path, { detail: reason })
}

/** The cure, by the code. */
export function cureOf(code: string, hint: string): string {
  const path = `problems.${code}.hint`
  return code && te(path) ? t(path) : said(hint)
}
