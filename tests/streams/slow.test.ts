/** Slow readers and much data: who is slow waits alone, nothing queues, and heartbeats get through. */
import { logStreamProvider, Peer, rosBody } from '@auki/domain'
import { expect, test } from 'vitest'
import { queuedMax } from '../../bench/support/stream/queue.ts'
import { nodeOf } from '../../packages/network/src/swarm/swarm.ts'
import { startPeer, type TestPeer, until } from '../../packages/network/src/testing/peers.ts'
import { Camera, type Got, open, pair, readAll, serving } from './support.ts'

const frameBytes = 200_000
/** Of 60 frames that came meanwhile: the newest that arrived, what the window has room for, and one that waits behind it. */
const underWayMax = 1 + Math.ceil(1_048_576 / frameBytes) + 1
/** What a substream may hold back: one piece. */
const pieceBytesMax = 65_536

/** The most that any substream of the peer held back for its transport, as far as it was looked at before. */
const queued = ({ swarm }: TestPeer): number =>
  Math.max(
    ...nodeOf(swarm)
      .libp2p.getConnections()
      .flatMap(({ streams }) => streams)
      .map(queuedMax)
  )

/** A log of frames, as an app would record it, and a peer that serves it. */
async function camera() {
  const peer = new Peer({ peerId: 'camera', appId: 'test' })
  const frame = await peer.registerFrame('base', rosBody)
  const sensor = await peer.registerSensor('cam', { kind: 'rf', type: 'wifi', frame })
  const session = await peer.startSession()
  const log = await session.registerSensorLog({ sensor, head: { kind: 'fixed' } })
  const producer = await startPeer({ streamProvider: logStreamProvider(session), sessionEnded: () => session.ended })
  const append = (number: number): void => {
    void log.append({ timestampNs: BigInt(number), payload: new Uint8Array(frameBytes).fill(number) })
  }
  return { session, producer, append }
}

test('ten subscribers to one camera, of which one stalls: nine get every frame while it does, and it gets them later', async () => {
  const { session, producer, append } = await camera()
  const consumers = await Promise.all(Array.from({ length: 10 }, () => startPeer()))
  producer.runtime.setAllowedPeers(consumers)
  const subscriptions = await Promise.all(
    consumers.map(({ runtime }) => {
      runtime.setAllowedPeers([producer])
      return runtime.openStream(producer.peerId, { resourceId: 'cam' }, 'bytes')
    })
  )
  const [stalled, ...others] = subscriptions
  queued(producer)
  const count = 60
  const got = others.map((): Got[] => [])
  const reading = others.map((subscription, index) => readAll(subscription, got[index]))
  // The pace is that of the nine.
  for (let number = 0; number < count; number++) {
    append(number)
    await until(() => got.every(({ length }) => length > number))
  }
  const all = Array.from({ length: count }, (_, number) => ({ seq: BigInt(number), timestampNs: BigInt(number), bytes: frameBytes }))
  for (const entries of got) expect(entries).toEqual(all)
  const sent = producer.runtime.outboundStreams().find(({ requester }) => requester === consumers[0]!.peerId)!
  // What is under way to the stalled one fits a window and the hand-off; the rest is in the log.
  expect(Number(sent.sent) * frameBytes).toBeLessThan(2 * 2 ** 20 + 9 * frameBytes)
  expect(sent.dropped).toBe(0n)
  expect(queued(producer)).toBeLessThanOrEqual(pieceBytesMax)
  const late: Got[] = []
  const readingLate = readAll(stalled!, late)
  await until(() => late.length === count)
  await session.end()
  for (const { entries, ended } of [await readingLate, ...(await Promise.all(reading))]) {
    expect(entries).toEqual(all)
    expect(ended).toEqual({ kind: 'session_ended' })
  }
})

test('heartbeats get through a stream that takes all the room there is', async () => {
  async function* endless() {
    for (;;) yield { timestampNs: 0n, payload: new Uint8Array(4_000_000) }
  }
  const both = await pair(serving(endless()), { limits: { heartbeatIntervalMs: 20 } }, { limits: { heartbeatIntervalMs: 20 } })
  const { producer, consumer } = both
  producer.runtime.setHeartbeatTargets([consumer.peerId])
  const beats = ({ events }: TestPeer): number => events.filter(({ type }) => type === 'heartbeat-received').length
  await until(() => beats(consumer) > 0 && beats(producer) > 0)
  const before = [beats(consumer), beats(producer)] as const
  let bytes = 0
  let held = 0
  for await (const { payload } of await open(both)) {
    bytes += payload.length
    held = Math.max(held, queued(producer))
    if (bytes > 100_000_000 && beats(consumer) >= before[0] + 10 && beats(producer) >= before[1] + 10) break
  }
  // What a beat has to wait behind: some pieces, never a frame.
  expect(held).toBeLessThanOrEqual(pieceBytesMax)
  for (const peer of [consumer, producer]) {
    for (const loss of ['disconnected', 'heartbeat-stream-closed']) expect(peer.facts()).not.toContain(loss)
  }
})

test.each(['latest', 'from_start'] as const)(
  'a live viewer that stalls is shown what is now, and knows what it has missed: %s',
  async (from) => {
    const { session, producer, append } = await camera()
    const consumer = await startPeer()
    producer.runtime.setAllowedPeers([consumer])
    consumer.runtime.setAllowedPeers([producer])
    // The history, of which nothing may be dropped.
    const past = 20
    for (let number = 0; number < past; number++) append(number)
    const subscription = await consumer.runtime.openStream(producer.peerId, { resourceId: 'cam', from }, 'bytes', { keep: 'latest' })
    const reader = subscription[Symbol.asyncIterator]()
    const next = async (): Promise<bigint> => (await reader.next()).value!.timestampNs
    const history = from === 'from_start' ? past : 0
    for (let number = 0; number < history; number++) expect(await next()).toBe(BigInt(number))
    let newest = past
    append(newest)
    expect(await next()).toBe(BigInt(newest))
    let received = history + 1
    for (let stalls = 0; stalls < 3; stalls++) {
      // The pace is that of the producer, which has nobody to wait for.
      const before = newest
      while (newest < before + 60) {
        append(++newest)
        await until(() => {
          const [out] = producer.runtime.outboundStreams()
          // One entry may be on its way, and one wait behind it.
          return Number(out!.sent + out!.dropped) >= newest - 1 - past + history
        })
      }
      const shown: bigint[] = []
      do shown.push(await next())
      while (shown.at(-1) !== BigInt(newest))
      // Whether what waits is history is known only once something was dropped: the first time some more may wait for such a reader.
      expect(shown.length).toBeLessThanOrEqual(from === 'from_start' && stalls === 0 ? 20 : underWayMax)
      received += shown.length
      expect(received + Number(subscription.dropped)).toBe(history + newest + 1 - past)
    }
    await session.end()
    expect((await reader.next()).done).toBe(true)
    expect(await subscription.ended).toEqual({ kind: 'session_ended' })
  }
)

test('the provider has the say over what is dropped, whatever the consumer wishes; nothing is lost uncounted', async () => {
  const count = 60
  for (const keep of ['all', 'latest'] as const) {
    const source = new Camera()
    const both = await pair(serving(source, keep))
    const subscription = await open(both, { keep: keep === 'all' ? 'latest' : 'all' })
    const out = () => both.producer.runtime.outboundStreams()[0]!
    for (let number = 1; number <= count; number++) {
      source.push(new Uint8Array(frameBytes))
      // Who may drop reads the source all the time; who may not, the consumer lets it go on.
      await until(() => (keep === 'latest' ? source.asked > number : out().sent === BigInt(number)))
    }
    expect(out().dropped > 0n).toBe(keep === 'latest')
    source.finish()
    const { entries, ended } = await readAll(subscription)
    expect(entries.length + Number(subscription.dropped)).toBe(count)
    expect(subscription.dropped).toBeGreaterThan(0n)
    // Those that the producer left out have no number.
    if (keep === 'latest') expect(entries.map(({ seq }) => seq)).toEqual(entries.map((_, index) => BigInt(index)))
    else expect(entries.map(({ seq }) => seq)).toEqual([BigInt(count - 1)])
    expect(ended).toEqual({ kind: 'source_ended' })
  }
})
