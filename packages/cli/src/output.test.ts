import { expect, test } from 'vitest'
import { jsonText, Output } from './output.ts'
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

test('with --json stdout has the objects only, those of events with their time', () => {
  const host = fakeHost()
  const out = new Output(host, { json: true })
  out.say('for people')
  out.table([{ title: 'NAME' }], [['robot']])
  out.tell({ peerId: 'p' }, 'it is p')
  const before = Date.now()
  out.event({ event: 'left' }, 'it left')
  out.warn('look here')
  const { stdout, stderr } = host.printed
  expect(stdout).toMatch(/^{"peerId":"p"}\n{"event":"left","atMs":\d{13}}\n$/)
  const { atMs } = JSON.parse(stdout.split('\n')[1]!) as { atMs: number }
  expect(atMs - before).toBeGreaterThanOrEqual(0)
  expect(atMs).toBeLessThanOrEqual(Date.now())
  expect(stderr).toBe('auki: look here\n')
})

test('without, it has the text, events with the time of day', () => {
  const host = fakeHost()
  const out = new Output(host, {})
  out.say('for people')
  out.tell({ wallet: 1 }, ['one', 'two'])
  out.event({ event: 'left' }, ['it left', 'for good'])
  expect(host.printed.stdout).toMatch(/^for people\none\ntwo\n\d\d:\d\d:\d\d {2}it left\n {10}for good\n$/)
  expect(host.printed.stderr).toBe('')
})

/** What steers a terminal, or hides there: none of it may come out, but in colours of ours. */
const steering = /(?!\n)[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/u
const hostile = 'a\x1b[2J\x1b]0;pwned\x07\x9b31m\u202egnp.exe\u2066\u2028\u2029\u200b\ufeff\u{e0041}\ud800\r\n\t\x00z'

test.each([{}, { json: true }])('whatever a command says with %j, no terminal is steered by it', (options) => {
  const host = fakeHost()
  const out = new Output(host, options)
  out.say([hostile, hostile])
  out.tell({ name: hostile, [hostile]: [hostile] }, hostile)
  out.event({ event: 'left', name: hostile }, hostile)
  out.table([{ title: 'NAME' }, { title: hostile }], [[hostile, { text: hostile, style: 'red' }]])
  out.warn(hostile)
  const { stdout, stderr } = host.printed
  expect(stdout + stderr).not.toMatch(steering)
  expect(stderr.split('\n')).toHaveLength(2)
  expect(stdout).toContain('\\u001b[2J')
  if (options.json) expect(JSON.parse(stdout.split('\n')[0]!)).toEqual({ name: hostile, [hostile]: [hostile] })
})

test('where colours are wanted they are around clean text', () => {
  const host = fakeHost({ colors: true })
  const out = new Output(host, {})
  out.table([{ title: 'NAME' }], [[{ text: 'r\x1b[31m', style: 'green' }]])
  out.warn('look \x1b[2J')
  expect(host.printed.stdout).toBe('\x1b[1mNAME\x1b[22m\n\x1b[32mr\\u001b[31m\x1b[39m\n')
  expect(host.printed.stderr).toBe('\x1b[33mauki:\x1b[39m look \\u001b[2J\n')
})
