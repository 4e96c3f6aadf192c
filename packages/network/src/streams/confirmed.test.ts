import { describe, expect, it } from 'vitest'
import { encodeFrame } from '../protocols/frame.ts'
import { streamConfirmationBytesMax } from '../protocols/limits.ts'
import { encodeConfirmation } from '../protocols/stream-confirmation.ts'
import { ManualTimers } from '../testing/manual-timers.ts'
import { Confirmed } from './confirmed.ts'

function setUp(sent = 0n) {
  const timers = new ManualTimers()
  const confirmed = new Confirmed(timers)
  for (let entries = 1n; entries <= sent; entries++) confirmed.sent(entries)
  const confirm = (entries: bigint): void => confirmed.push(encodeConfirmation(entries))
  return { timers, confirmed, confirm }
}
const failure = (code: string) => expect.objectContaining({ name: 'CodecError', code })

describe('confirmations of a stream', () => {
  it('are a length and a protobuf with one number', () => {
    expect(Buffer.from(encodeConfirmation(300n)).toString('hex')).toBe('0000000308ac02')
  })

  /** One that knows a way of 40 ms, and has nothing under way. */
  function known() {
    const all = setUp(1n)
    all.timers.pass(40)
    all.confirm(1n)
    return all
  }

  it('hold up another entry once the oldest is not confirmed in the smallest round trip and 100 ms, but never the second', () => {
    const { timers, confirmed, confirm } = known()
    confirmed.sent(2n)
    timers.pass(500)
    expect(confirmed.hasRoom).toBe(true)
    confirm(2n)
    for (const entries of [3n, 4n]) confirmed.sent(entries)
    timers.pass(140)
    expect(confirmed.hasRoom).toBe(true)
    timers.pass(1)
    expect(confirmed.hasRoom).toBe(false)
    confirm(3n)
    expect(confirmed.hasRoom).toBe(true)
  })

  it('do not hold up a consumer that is far away, even when the way has become long meanwhile', () => {
    const { timers, confirmed, confirm } = known()
    const under: { entries: bigint; atMs: number }[] = []
    let [entries, late] = [1n, 0]
    for (let ms = 0; ms < 28_000; ms += 11) {
      timers.pass(11)
      while (under[0] !== undefined && under[0].atMs <= ms) confirm(under.shift()!.entries)
      // An entry each 66 ms, of which only the newest waits.
      if (ms % 66 !== 0 || !confirmed.hasRoom) continue
      confirmed.sent(++entries)
      under.push({ entries, atMs: ms + 700 })
      if (ms >= 8_000) late++
    }
    expect(late).toBeGreaterThan(0.99 * (20_000 / 66))
  })

  it('tell whoever waits', () => {
    const { confirmed, confirm } = setUp(3n)
    let told = 0
    confirmed.onChange = () => told++
    confirm(2n)
    expect(told).toBe(1)
  })

  it('come in any pieces', () => {
    const { timers, confirmed } = known()
    for (const entries of [2n, 3n, 4n]) confirmed.sent(entries)
    timers.pass(1_000)
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
