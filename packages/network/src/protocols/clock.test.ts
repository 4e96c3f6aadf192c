import { expect, test } from 'vitest'
import * as clock from './clock.ts'
import { CodecError } from './codec-errors.ts'
import { framePrefixBytes } from './frame.ts'

const named = { clockId: 'p/s/monotonic', clockHash: 'ab'.repeat(16) }
const i64 = 2n ** 63n

test('a question is a frame without content', () => {
  expect([...clock.question]).toEqual([0, 0, 0, 0])
})

test.each([
  [0n, 0n],
  [-i64, i64 - 1n],
  [1n, 2n ** 53n + 1n]
])('an answer brings back what was read: %s, %s', (receivedAtClockNs, sentAtClockNs) => {
  const frame = clock.answer(clock.encodeName(named), receivedAtClockNs, () => sentAtClockNs)
  expect(new DataView(frame.buffer).getUint32(0)).toBe(frame.length - framePrefixBytes)
  // As it comes: somewhere in a larger buffer.
  const received = new Uint8Array(frame.length + 3)
  received.set(frame, 3)
  expect(clock.decodeAnswer(received.subarray(3 + framePrefixBytes))).toEqual({ ...named, receivedAtClockNs, sentAtClockNs })
})

test('on the wire: two big-endian readings, then JSON', () => {
  const payload = clock.answer(clock.encodeName(named), 1n, () => 258n).subarray(framePrefixBytes)
  expect([...payload.subarray(0, 16)]).toEqual([0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 1, 2])
  expect(JSON.parse(new TextDecoder().decode(payload.subarray(16)))).toEqual({ clock_id: named.clockId, clock_hash: named.clockHash })
})

test('one answer does not change another', () => {
  const name = clock.encodeName(named)
  const first = clock.answer(name, 1n, () => 2n)
  clock.answer(name, 3n, () => 4n)
  expect(clock.decodeAnswer(first.subarray(framePrefixBytes))).toMatchObject({ receivedAtClockNs: 1n, sentAtClockNs: 2n })
})

test('names that do not fit are told at once', () => {
  expect(() => clock.encodeName({ clockId: 'c'.repeat(1_000), clockHash: '' })).toThrow(CodecError)
})

const bytes = (readings: number, text: string): Uint8Array =>
  new Uint8Array([...new Uint8Array(readings), ...new TextEncoder().encode(text)])

test.each([
  ['nothing', new Uint8Array(0)],
  ['one reading', new Uint8Array(8)],
  ['readings of nobody', new Uint8Array(16)],
  ['no JSON', bytes(16, 'clock')],
  ['an id that is no string', bytes(16, '{"clock_id":1,"clock_hash":"h"}')],
  ['no hash', bytes(16, '{"clock_id":"c"}')],
  ['a list', bytes(16, '[]')]
])('what is no answer is refused: %s', (_what, payload) => {
  expect(() => clock.decodeAnswer(payload)).toThrow(CodecError)
})

test('keys that are not known are no error', () => {
  expect(clock.decodeAnswer(bytes(16, '{"clock_id":"c","clock_hash":"h","more":1}'))).toMatchObject({ clockId: 'c', clockHash: 'h' })
})
