// Files of users, names that were pasted, passwords by chance.
import { describe, expect, it } from 'vitest'
import { kindFilter } from '@/accounts/kinds'
import { namesOf } from '@/accounts/names'
import { fieldsOf, parts, readUsers } from '@/lib/csvusers'
import { makePassword } from '@/lib/password'

describe('a file of users', () => {
  it('is read line by line, without headings', () => {
    const read = readUsers('\ufeffaddress,password\r\na@x.test,pw,Ann,"O""Neil, Jr."\n\nb@x.test, p w\n')
    expect(read.users).toEqual([
      { line: 2, user: { address: 'a@x.test', password: 'pw', first_name: 'Ann', last_name: 'O"Neil, Jr.' } },
      { line: 4, user: { address: 'b@x.test', password: ' p w', first_name: '', last_name: '' } },
    ])
    expect(read.bad).toEqual([])
  })
  it('names the lines that are none', () => {
    const read = readUsers('a@x.test,pw\nonly-one\nb@x.test,"never closed\nc@x.test,1,2,3,4,5')
    expect(read.users.map((one) => one.line)).toEqual([1])
    expect(read.bad).toEqual([2, 3, 4])
  })
  it('keeps empty fields', () => {
    expect(fieldsOf('a,,"",b')).toEqual(['a', '', '', 'b'])
  })
  it('goes in parts', () => {
    expect(parts([1, 2, 3, 4, 5], 2)).toEqual([[1, 2], [3, 4], [5]])
  })
})

describe('names that were pasted', () => {
  it('are parted at blanks, commas and line ends, each once', () => {
    expect(namesOf(' a.test, b.test;a.test\n c.test ')).toEqual(['a.test', 'b.test', 'c.test'])
  })
})

describe('types as filters', () => {
  const kinds = ['normal', 'disabled', 'trap']
  it('are one list for the server', () => {
    expect(kindFilter({ normal: 'yes', trap: 'yes', other: 'no' }, kinds)).toEqual({ kind: 'normal,trap', other: 'false' })
  })
  it('leave out what is not wanted', () => {
    expect(kindFilter({ trap: 'no' }, kinds)).toEqual({ kind: 'normal,disabled' })
    expect(kindFilter({ trap: 'any' }, kinds)).toEqual({})
  })
})

describe('a password by chance', () => {
  it('has twenty letters that nobody mistakes', () => {
    expect(makePassword()).toMatch(/^[a-km-zA-HJ-NP-Z2-9]{20}$/)
    expect(makePassword()).not.toBe(makePassword())
  })
  it('takes each letter as often', () => {
    // 255 is beyond the last whole multiple of the letters: it is thrown away.
    const octets = [255, 0]
    const made = makePassword((into) => into.fill(0).map((_, index) => octets[index % 2] ?? 0))
    expect(made).toBe('a'.repeat(20))
  })
})
