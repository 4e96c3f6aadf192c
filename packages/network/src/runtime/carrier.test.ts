import { expect, test } from 'vitest'
import { encodeFrame } from '../protocols/frame.ts'
import * as heartbeat from '../protocols/heartbeat.ts'
import { FakeStream } from '../testing/fake-stream.ts'
import { ManualTimers, turn } from '../testing/manual-timers.ts'
import { testEnv } from '../testing/test-env.ts'
import { Carrier, type CarrierInit } from './carrier.ts'
import type { HeartbeatSource } from './peer-runtime.ts'

const unhurried: CarrierInit['reading'] = { restMs: () => 0, charge: (_peerId, work) => work() }

function start(overrides: Partial<HeartbeatSource> = {}, reading = unhurried) {
  const timers = new ManualTimers()
  const env = testEnv(timers)
  const stream = new FakeStream()
  const events: unknown[] = []
  const source: HeartbeatSource = {
    clockId: 'me/clock',
    clockHash: 'ab'.repeat(16),
    resolutionNs: 1n,
    nowNs: () => BigInt(timers.monoMs()) * 1_000_000n,
    utcNowNs: () => 1_700_000_000_000_000_000n,
    domainClock: () => undefined,
    membershipVersion: () => undefined,
    instance: () => undefined,
    ...overrides
  }
  const carrier = new Carrier({
    env,
    source,
    peerId: 'you',
    substream: stream.substream,
    sink: {
      received: (frame, receivedAtClockNs, sample) => events.push({ sequence: frame.sequence, receivedAtClockNs, sample }),
      stalled: (waitedMs) => events.push(['stalled', waitedMs]),
      ended: () => events.push('ended')
    },
    reading
  })
  carrier.start()
  return { timers, env, stream, events, carrier }
}

const beat = (fields: Partial<heartbeat.HeartbeatFrame> = {}): Uint8Array =>
  encodeFrame(
    heartbeat.encode({ sentAtUnixNs: 1n, clockId: 'you/clock', clockHash: 'cd', sequence: 1n, sentAtClockNs: 5_000n, ...fields }),
    heartbeat.FRAME_BYTES_MAX
  )
const sent = (stream: FakeStream) => stream.sent.map((frame) => heartbeat.decode(frame.subarray(4)))
const sequences = (stream: FakeStream) => sent(stream).map(({ sequence }) => sequence)

test('beats at once and then every 500 ms, each in one write', async () => {
  const { timers, stream } = start()
  expect(sequences(stream)).toEqual([1n])
  await timers.advance(1_000)
  expect(sequences(stream)).toEqual([1n, 2n, 3n])
  expect(sent(stream)[2]).toEqual({
    sentAtUnixNs: 1_700_000_000_000_000_000n,
    clockId: 'me/clock',
    clockHash: 'ab'.repeat(16),
    sequence: 3n,
    sentAtClockNs: 2_000_000_000n
  })
})

test('after a standstill one beat comes, not those that were missed', async () => {
  const { timers, stream } = start()
  await timers.stall(3_200)
  expect(sequences(stream)).toEqual([1n, 2n])
  await timers.advance(499)
  expect(sequences(stream)).toEqual([1n, 2n])
  await timers.advance(1)
  expect(sequences(stream)).toEqual([1n, 2n, 3n])
})

test('a blocked write is reported once, holds back the next beats and not the reading', async () => {
  const { timers, stream, events } = start()
  stream.blocked = true
  await timers.advance(500)
  await timers.advance(2_000)
  expect(events).toEqual([['stalled', 500]])
  stream.receive(beat({ sequence: 7n }))
  expect(events).toHaveLength(2)
  expect(sequences(stream)).toEqual([1n])
  stream.unblock()
  await timers.advance(0)
  expect(sequences(stream)).toEqual([1n, 2n, 3n])
  await timers.advance(499)
  expect(sequences(stream)).toHaveLength(3)
})

test('a frame that comes in halves around a due write is read whole', async () => {
  const { timers, stream, events } = start()
  const frame = beat()
  stream.receive(frame.subarray(0, 3))
  await timers.advance(500)
  stream.receive(frame.subarray(3))
  expect(events).toEqual([{ sequence: 1n, receivedAtClockNs: 1_500_000_000n, sample: undefined }])
})

test('echoes the newest beat, once', async () => {
  const { timers, stream } = start()
  stream.receive(beat({ sequence: 4n }))
  stream.receive(beat({ sequence: 5n }))
  await timers.advance(1_000)
  expect(sent(stream).map(({ echo }) => echo)).toEqual([undefined, { sequence: 5n, receivedAtClockNs: 1_000_000_000n }, undefined])
})

test('takes a clock sample from the echo of a beat it remembers, and only from that', async () => {
  const { timers, stream, events } = start()
  await timers.advance(100)
  const echo = { sequence: 1n, receivedAtClockNs: 51_000_000_000n }
  stream.receive(beat({ echo, sentAtClockNs: 51_020_000_000n }))
  stream.receive(beat({ echo: { ...echo, sequence: 99n } }))
  const [first, second] = events as { sample?: { offsetNs: bigint; roundTripNs: bigint } }[]
  // Sent at 1,000 ms, back at 1,100 ms, 20 ms of them at the other side: remote − local = ((51,000 − 1,000) + (51,020 − 1,100)) / 2 ms.
  expect(first?.sample).toMatchObject({ offsetNs: 49_960_000_000n })
  expect(second?.sample).toBeUndefined()
})

test('a sample is never surer than the steps of our clock are small', () => {
  const { stream, events } = start({ resolutionNs: 5_000_000n })
  stream.receive(beat({ echo: { sequence: 1n, receivedAtClockNs: 9_000n }, sentAtClockNs: 9_000n }))
  expect(events).toMatchObject([{ sample: { roundTripNs: 0n, uncertaintyNs: 5_000_000n } }])
})

test('a sample that makes no sense is dropped, and the beat counts all the same', () => {
  const { stream, events } = start()
  stream.receive(beat({ echo: { sequence: 1n, receivedAtClockNs: 9_000n }, sentAtClockNs: 5_000n }))
  expect(events).toEqual([{ sequence: 1n, receivedAtClockNs: 1_000_000_000n, sample: undefined }])
})

test('remembers the last 64 beats', async () => {
  const { timers, stream, events } = start()
  await timers.advance(500 * 64)
  stream.receive(beat({ echo: { sequence: 1n, receivedAtClockNs: 51_000_000_000n }, sentAtClockNs: 51_000_000_000n }))
  stream.receive(beat({ echo: { sequence: 2n, receivedAtClockNs: 51_000_000_000n }, sentAtClockNs: 51_000_000_000n }))
  expect((events as { sample?: object }[]).map(({ sample }) => sample !== undefined)).toEqual([false, true])
})

test.each([
  ['garbage', Uint8Array.from([0, 0, 0, 3, 1, 2, 3])],
  ['a prefix over the cap', Uint8Array.from([0, 0, 4, 1])],
  ['an empty frame', new Uint8Array(4)],
  ['a retired form', encodeFrame(new TextEncoder().encode('{"sent_at_unix_ns":1}'), 1_024)]
])('%s ends it, once', async (_what, bytes) => {
  const { timers, stream, events } = start()
  stream.receive(bytes)
  stream.receive(beat())
  await timers.advance(5_000)
  expect(events).toEqual(['ended'])
  expect(stream.resetWith).toBeInstanceOf(Error)
  expect(stream.sent).toHaveLength(1)
  expect(timers.pending).toBe(0)
})

test.each([
  ['the end', (stream: FakeStream) => stream.remoteEnd()],
  ['a reset', (stream: FakeStream) => stream.remoteReset()]
])('%s from the peer ends it', async (_what, end) => {
  const { timers, stream, events } = start()
  end(stream)
  await timers.advance(5_000)
  expect(events).toEqual(['ended'])
  expect(timers.pending).toBe(0)
})

test('stopped by its owner it writes no more and says nothing', async () => {
  const { timers, stream, events, carrier } = start()
  stream.blocked = true
  await timers.advance(500)
  carrier.stop(new Error('enough'))
  await timers.advance(5_000)
  expect(events).toEqual([])
  expect(stream.sent).toHaveLength(1)
  expect(timers.pending).toBe(0)
})

test('sends what the owner has to say, and leaves out what does not fit, with one line in the log', async () => {
  const domainClock = {
    clusterName: 'lab',
    domainClockId: 'd'.repeat(400),
    domainClockHash: 'h',
    backingPeerId: 'p',
    backingClockId: 'b'.repeat(400),
    backingClockHash: 'h',
    backingToDomainOffsetNs: 1n,
    backingToDomainUncertaintyNs: 0n
  }
  const { timers, stream, env } = start({ domainClock: () => domainClock, membershipVersion: () => ({ epoch: 7, version: 2 }) })
  await timers.advance(500)
  expect(sent(stream).map((frame) => [frame.domainClock, frame.membership])).toEqual([
    [undefined, undefined],
    [undefined, undefined]
  ])
  expect(env.lines).toHaveLength(1)
  const { stream: small } = start({ membershipVersion: () => ({ epoch: 7, version: 2 }) })
  await turn()
  expect(sent(small)[0]?.membership).toEqual({ epoch: 7, version: 2 })
})

test('an echo counts once, and one of long ago that was taken counts no more', async () => {
  const { timers, stream, events } = start()
  await timers.advance(100)
  const echo = { sequence: 1n, receivedAtClockNs: 3_000n }
  for (let sequence = 1n; sequence <= 3n; sequence++) stream.receive(beat({ sequence, echo }))
  expect(events.filter((event) => (event as { sample?: unknown }).sample !== undefined)).toHaveLength(1)
})

test('a carrier has one clock: a beat of another ends it', async () => {
  const { stream, events } = start()
  stream.receive(beat({ clockId: 'you/clock' }))
  expect(events).toHaveLength(1)
  stream.receive(beat({ clockId: 'you/another', sequence: 2n }))
  expect(events.slice(1)).toEqual(['ended'])
})

test('of beats that come while the peer is not to be read the newest is taken, with the time it came', async () => {
  let rest = 300
  const charged: string[] = []
  const charge: CarrierInit['reading']['charge'] = (peerId, work) => {
    charged.push(peerId)
    return work()
  }
  const { timers, stream, events } = start({}, { restMs: () => rest, charge })
  const cameAtNs = BigInt(timers.monoMs()) * 1_000_000n
  for (let sequence = 1n; sequence <= 1_000n; sequence++) stream.receive(beat({ sequence }))
  await timers.advance(299)
  expect(events).toEqual([])
  rest = 0
  await timers.advance(1)
  expect(events).toEqual([{ sequence: 1_000n, receivedAtClockNs: cameAtNs, sample: undefined }])
  stream.receive(beat({ sequence: 1_001n }))
  expect(events).toHaveLength(2)
  expect(charged).toEqual(['you', 'you'])
})

test('a beat is taken every interval at least, however long the peer is not to be read', async () => {
  const { timers, stream, events } = start({}, { ...unhurried, restMs: () => 60_000 })
  for (let beats = 0; beats < 4; beats++) {
    stream.receive(beat({ sequence: BigInt(beats + 1) }))
    await timers.advance(500)
  }
  expect(events).toHaveLength(4)
})
