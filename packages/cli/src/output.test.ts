import { expect, test } from 'vitest'
import { jsonText, Output, printable, table } from './output.ts'
import { fakeHost } from './testing/fake-host.ts'

test('JSON has 64-bit integers as integers and leaves out what is undefined', () => {
  const record = {
    revision: 1_700_000_000_000_042,
    createdNs: 18_446_744_073_709_551_615n,
    lowest: -(2n ** 63n),
    missing: undefined,
    none: null
  }
  expect(jsonText({ ...record, rows: [{ ns: 1n, gone: undefined }] })).toBe(
    '{"revision":1700000000000042,"createdNs":18446744073709551615,"lowest":-9223372036854775808,"none":null,"rows":[{"ns":1}]}'
  )
})

test('with --json stdout has the objects only', () => {
  const host = fakeHost()
  const out = new Output(host, { json: true })
  out.say('for people')
  out.tell({ event: 'left' }, 'it left')
  out.warn('look here')
  expect(host.printed).toEqual({ stdout: '{"event":"left"}\n', stderr: 'auki: look here\n' })
})

test('without, it has the text', () => {
  const host = fakeHost()
  const out = new Output(host, {})
  out.say('for people')
  out.tell({ event: 'left' }, 'it left')
  expect(host.printed).toEqual({ stdout: 'for people\nit left\n', stderr: '' })
})

test('text of other peers steers no terminal and stays on its line', () => {
  expect(printable('a\u001b[2Jb\r\nc\td\u009bm\u007f')).toBe('a\\u001b[2Jb c\\u0009d\\u009bm\\u007f')
  expect(printable('Größe → 5')).toBe('Größe → 5')
  expect(table(['NAME', 'N'], [['\u001b[31mrobot\n', '1']])).toBe('NAME             N\n\\u001b[31mrobot  1')
})
