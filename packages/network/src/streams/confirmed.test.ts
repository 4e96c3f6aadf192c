import { describe, expect, it } from 'vitest'
import { encodeFrame } from '../protocols/frame.ts'
import { streamConfirmationBytesMax } from '../protocols/limits.ts'
import { encodeConfirmation } from '../protocols/stream-confirmation.ts'
import { ManualTimers } from '../testing/manual-timers.ts'
import { Confirmed } from './confirmed.ts'

function setUp(sent = 0n) {
  const timers = new ManualTimers()
  const confirmed = new Confirmed(timers)
  for (let entries = 1n; entries <= sent; entries++) confirmed.sent(1_000, entries)
  const confirm = (entries: bigint): void => confirmed.push(encodeConfirmation(entries))
  return { timers, confirmed, confirm }
}
const failure = (code: string) => expect.objectContaining({ name: 'CodecError', code })

describe('confirmations of a stream', () => {
  it('are a length and a protobuf with one number', () => {
    expect(Buffer.from(encodeConfirmation(300n)).toString('hex')).toBe('0000000308ac02')
  })

  it('hold up entries that are large, but never the second', () => {
    const { confirmed, confirm } = setUp()
    confirmed.sent(1_000_000, 1n)
    expect(confirmed.hasRoom).toBe(true)
    confirmed.sent(1_000_000, 2n)
    expect(confirmed.hasRoom).toBe(false)
    confirm(1n)
    expect(confirmed.hasRoom).toBe(true)
  })

  it('tell whoever waits', () => {
    const { confirmed, confirm } = setUp(3n)
    let told = 0
    confirmed.onChange = () => told++
    confirm(2n)
    expect(told).toBe(1)
  })

  it('come in any pieces', () => {
    const { confirmed } = setUp(3n)
    confirmed.sent(1_000_000, 4n)
    expect(confirmed.hasRoom).toBe(false)
    for (const byte of encodeConfirmation(4n)) confirmed.push(Uint8Array.of(byte))
    expect(confirmed.hasRoom).toBe(true)
  })

  it('confirm no more than was sent, and take nothing back', () => {
    const { confirm } = setUp(5n)
    expect(() => confirm(6n)).toThrow(failure('decode'))
    confirm(4n)
    expect(() => confirm(3n)).toThrow(failure('decode'))
    expect(() => confirm(2n ** 64n - 1n)).toThrow(failure('decode'))
  })

  it('are no garbage, and not long', () => {
    const { confirmed } = setUp(5n)
    expect(() => confirmed.push(encodeFrame(Uint8Array.of(0xff, 0xff), 100))).toThrow(failure('decode'))
    expect(() => setUp().confirmed.push(Uint8Array.of(0, 0, 0, 0))).toThrow(failure('empty-frame'))
    expect(() => setUp().confirmed.push(Uint8Array.of(0, 0, 0, streamConfirmationBytesMax + 1))).toThrow(failure('frame-too-large'))
  })

  it('are no flood: one for each entry and for each 20 ms', () => {
    const { timers, confirm } = setUp(10n)
    const flood = (): number => {
      for (let count = 0; ; count++) {
        try {
          confirm(10n)
        } catch {
          return count
        }
      }
    }
    expect(flood()).toBeLessThan(100)
    timers.pass(20_000)
    confirm(10n)
  })
})
