import { expect, test } from 'vitest'
import { flightMarks } from '../swarm/node-limits.ts'
import { MuxerPings, type Pinging } from '../swarm/patches/muxer-pings.ts'
import type { Urgency } from '../swarm/turns/write-order.ts'
import { ManualTimers, turn } from '../testing/manual-timers.ts'
import { Uplink } from './uplink.ts'

/** A connection whose peer answers pings when the test says so. */
function setUp() {
  const timers = new ManualTimers()
  const asked: number[] = []
  const muxer: Pinging = { handlePingResponse: () => {}, sendPing: (id: number) => void asked.push(id) }
  const uplink = new Uplink(timers, new MuxerPings(muxer))
  const answer = () => {
    for (const id of asked.splice(0)) muxer.handlePingResponse(id)
  }
  /** Sends pieces until there is no room. */
  const fill = (urgency: Urgency = 'bulk'): number => {
    let bytes = 0
    for (; uplink.isFree(urgency) && bytes < 10_000_000; bytes += 1_000) uplink.sent(1_000)
    return bytes
  }
  return { timers, uplink, asked, muxer, answer, fill }
}

test('bulk waits while too much is in flight, and what is urgent goes first when an answer makes room', async () => {
  const { timers, uplink, answer, fill } = setUp()
  fill('control')
  await timers.advance(30)
  const wrote: string[] = []
  for (const urgency of ['bulk', 'pose', 'control'] as const) uplink.wait(urgency, () => wrote.push(urgency))
  expect(wrote).toEqual([])
  answer()
  await turn()
  expect(wrote).toEqual(['control', 'pose', 'bulk'])
})

test('bulk leaves room for what is urgent', async () => {
  const { timers, uplink, answer, fill } = setUp()
  fill()
  await timers.advance(30)
  answer()
  fill()
  expect([uplink.isFree('bulk'), uplink.isFree('pose'), uplink.isFree('control')]).toEqual([false, true, true])
})

test('pings come with the data, and stop with it', async () => {
  const { timers, uplink, asked, answer } = setUp()
  // It has asked before it was used.
  uplink.sent(2_000)
  expect(asked).toHaveLength(1)
  await timers.advance(flightMarks.freeEveryMs)
  expect(asked).toHaveLength(2)
  answer()
  await timers.advance(60_000)
  expect([asked.length, timers.pending]).toEqual([0, 0])
})

test('less than a packet is followed by a ping late, but at once where somebody waits for the answer', async () => {
  const { timers, uplink, asked, answer } = setUp()
  answer()
  uplink.sent(100)
  await timers.advance(flightMarks.freeEveryMs)
  expect(asked).toHaveLength(0)
  await timers.advance(flightMarks.fewEveryMs)
  expect(asked).toHaveLength(1)
  answer()
  uplink.sent(flightMarks.pieceBytesMin - 1)
  uplink.wait('bulk', () => {}, 'begun')
  uplink.wait('bulk', () => {})
  await timers.advance(1)
  expect(asked).toHaveLength(1)
})

test('a peer that answers no ping at all is not waited for', async () => {
  const { timers, uplink, asked, fill } = setUp()
  fill()
  expect(uplink.isFree('bulk')).toBe(false)
  let wrote = false
  uplink.wait('bulk', () => (wrote = true))
  await timers.advance(10_000)
  expect(wrote).toBe(true)
  asked.length = 0
  uplink.sent(100)
  await timers.advance(60_000)
  expect([asked.length, timers.pending]).toEqual([0, 0])
})

test('answers to what was never asked make no room', async () => {
  const { uplink, muxer, fill } = setUp()
  fill()
  for (const id of [0x8000_0000, 0x8000_0001 + 1_000, 0xffff_ffff]) muxer.handlePingResponse(id)
  expect(uplink.isFree('bulk')).toBe(false)
})

test('where the way cannot be measured there is always room', () => {
  const uplink = new Uplink(new ManualTimers(), undefined)
  for (let i = 0; i < 1_000; i++) uplink.sent(65_536)
  expect([uplink.isFree('bulk'), uplink.pieceBytes(65_507)]).toEqual([true, 65_507])
})
