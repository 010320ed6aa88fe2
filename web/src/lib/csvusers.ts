// A file of users: address,password,first,last (RFC 4180); a line of headings may lead. Pure.

export interface UserLine {
  address: string
  password: string
  first_name: string
  last_name: string
}

export interface UsersFile {
  /** With the number of its line in the file, from 1. */
  users: { line: number; user: UserLine }[]
  /** Lines that are no user. */
  bad: number[]
}

const HEADINGS = new Set(['address', 'email', 'e-mail', 'mail', 'user', 'login'])

/** Take a line apart at its commas; undefined where a quote is never closed. */
export function fieldsOf(line: string): string[] | undefined {
  const fields: string[] = []
  let rest = line
  for (;;) {
    const found = /^(?:"((?:[^"]|"")*)"|([^",]*))(,|$)/.exec(rest)
    if (!found) return undefined
    fields.push(found[1] === undefined ? (found[2] ?? '') : found[1].replaceAll('""', '"'))
    if (found[3] === '') return fields
    rest = rest.slice(found[0].length)
  }
}

/** Read a file; each line stands for itself. */
export function readUsers(text: string): UsersFile {
  const read: UsersFile = { users: [], bad: [] }
  text.replace(/^\ufeff/, '').split(/\r\n|\n|\r/).forEach((line, index) => {
    if (line.trim() === '') return
    const fields = fieldsOf(line)
    const [address = '', password = '', first = '', last = ''] = fields ?? []
    if (index === 0 && HEADINGS.has(address.trim().toLowerCase())) return
    if (!fields || fields.length < 2 || fields.length > 4) read.bad.push(index + 1)
    else read.users.push({ line: index + 1, user: { address: address.trim(), password, first_name: first.trim(), last_name: last.trim() } })
  })
  return read
}

/** Part a list, so that each part is taken at once. */
export function parts<T>(list: readonly T[], size: number): T[][] {
  return Array.from({ length: Math.ceil(list.length / size) }, (_, index) => list.slice(index * size, (index + 1) * size))
}
