/** A stream whose connection breaks, over real TCP: it goes on where it stood, or says why not. */
import { logStreamProvider, Peer, rosBody } from '@auki/domain'
import type { PeerAddresses, StreamNotice, StreamProvider, StreamSubscription } from '@auki/network'
import { describe, expect, test } from 'vitest'
import { nodeOf } from '../../packages/network/src/swarm/swarm.ts'
import { befriend, startPeer, type TestPeer, until } from '../../packages/network/src/testing/peers.ts'
import { accept, decline, end, entry } from '../foreign/peer/streaming.ts'
import { ForeignProducer } from './foreign-producer.ts'
import { type Got, listOf, readAll } from './support.ts'

const limits = { streamResumePauseMinMs: 10, streamAbsenceMs: 1_000, redialBackoffMinMs: 50 } as const

/** A session with one log of bytes. */
async function recorder(retentionNs = 0n) {
  const peer = new Peer({ peerId: 'robot', appId: 'test' })
  const frame = await peer.registerFrame('base', rosBody)
  const sensor = await peer.registerSensor('cam', { kind: 'rf', type: 'wifi', frame })
  const session = await peer.startSession()
  const log = await session.registerSensorLog({ sensor, head: { kind: 'fixed' }, segmentDurationNs: 10n, retentionNs })
  const append = (...times: number[]): void => {
    for (const time of times) void log.append({ timestampNs: BigInt(time), payload: new Uint8Array(4) })
  }
  return { session, log, append, provider: logStreamProvider(session) }
}

async function connected(streamProvider: StreamProvider) {
  const producer = await startPeer({ streamProvider, limits })
  const consumer = await startPeer({ limits })
  await befriend(producer, consumer)
  return { producer, consumer }
}

/** Cuts every connection of a peer, as a broken cable does. */
function cut({ swarm }: TestPeer): void {
  for (const connection of nodeOf(swarm).libp2p.getConnections()) connection.abort(new Error('the cable is cut'))
}

/** Keeps the two apart until the returned function is called. */
function part(consumer: TestPeer, producer: PeerAddresses): () => void {
  consumer.runtime.setAllowedPeers([])
  return () => void consumer.runtime.setAllowedPeers([producer])
}

const open = (consumer: TestPeer, producer: PeerAddresses, from: 'latest' | 'from_start' = 'from_start', keep: 'all' | 'latest' = 'all') =>
  consumer.runtime.openStream(producer.peerId, { resourceId: 'cam', from }, 'bytes', { resume: true, keep })

const times = (got: readonly Got[]): number[] => got.map(({ timestampNs }) => Number(timestampNs))
const range = (from: number, to: number): number[] => Array.from({ length: to - from }, (_, index) => from + index)
const noticesOf = (subscription: StreamSubscription<'bytes'>): Promise<StreamNotice[]> => listOf(subscription.notices())

test('cut again and again, it misses nothing and repeats nothing, also among equal times and where time goes back', async () => {
  const { append, provider, session } = await recorder()
  const { producer, consumer } = await connected(provider)
  const subscription = await open(consumer, producer)
  const got: Got[] = []
  const reading = readAll(subscription, got)
  const all: number[] = []
  for (let round = 0; round < 6; round++) {
    const more = [0, 0, 3, 1, 1, 2].map((time) => 10 * round + time)
    append(...more)
    all.push(...more)
    await until(() => got.length === all.length)
    const rejoin = round % 2 === 0 ? part(consumer, producer) : () => cut(consumer)
    append(10 * round + 2, 10 * round + 2)
    all.push(10 * round + 2, 10 * round + 2)
    rejoin()
  }
  await until(() => got.length === all.length)
  await session.end()
  expect(await reading).toMatchObject({ thrown: undefined, ended: { kind: 'source_ended' } })
  expect(times(got)).toEqual(all)
  expect(got.map(({ seq }) => seq)).toEqual(all.map((_, index) => BigInt(index)))
  const notices = await noticesOf(subscription)
  expect(notices.length).toBeGreaterThanOrEqual(3)
  for (const notice of notices) expect(notice).toEqual({ type: 'resumed', pauseMs: expect.any(Number) })
})

test('who waits for what comes, and had nothing yet, misses nothing either', async () => {
  const { append, provider } = await recorder()
  append(1, 2)
  const { producer, consumer } = await connected(provider)
  const subscription = await open(consumer, producer, 'latest')
  const next = subscription[Symbol.asyncIterator]().next()
  const rejoin = part(consumer, producer)
  append(3)
  rejoin()
  expect((await next).value).toMatchObject({ seq: 0n, timestampNs: 3n })
  await subscription.cancel()
  expect(await noticesOf(subscription)).toMatchObject([{ type: 'resumed' }])
})

test('what retention took away meanwhile is told before the next entry', async () => {
  const { append, provider, log } = await recorder(20n)
  const { producer, consumer } = await connected(provider)
  append(1, 2, 3)
  const subscription = await open(consumer, producer)
  const got: Got[] = []
  const reading = readAll(subscription, got)
  await until(() => got.length === 3)
  const rejoin = part(consumer, producer)
  append(11, 12, 25, 60, 61)
  await log.flush()
  rejoin()
  await until(() => got.length === 5)
  await subscription.cancel()
  await reading
  expect(times(got)).toEqual([1, 2, 3, 60, 61])
  expect(got.at(-1)?.seq).toBe(4n)
  const gap = { type: 'gap', lost: 3n, fromNs: 3n, toNs: 25n }
  expect(await noticesOf(subscription)).toEqual([{ type: 'resumed', pauseMs: expect.any(Number) }, gap])
  expect(subscription.lost).toBe(3n)
})

test('a reader that did not ask to be told of gaps is cut off at one, and one that did goes on', async () => {
  const { append, provider, log } = await recorder(20n)
  append(...range(0, 8))
  const producer = await startPeer({ streamProvider: provider })
  const asked = async (gaps: boolean) => {
    const source = provider('someone', { resourceId: 'cam', sourcePeerId: '', from: 'from_start', keep: 'all', fromPosition: 1n, gaps })
    if (!('accept' in source)) throw new Error('declined')
    const entries: unknown[] = []
    try {
      for await (const { timestampNs, gap } of source.accept.source) {
        entries.push([timestampNs, gap])
        if (timestampNs === 61n) break
      }
    } catch (error) {
      entries.push((error as Error).message)
    }
    return entries
  }
  append(15, 60, 61)
  await log.flush()
  expect(await asked(false)).toEqual(['retention overtook the reader'])
  expect(await asked(true)).toEqual([
    [60n, { lost: 9n, fromNs: 0n, toNs: 15n }],
    [61n, undefined]
  ])
  await producer.runtime.shutdown()
})

test('a live viewer comes back to what is now, and knows how much it has missed', async () => {
  const { append, provider } = await recorder()
  const { producer, consumer } = await connected(provider)
  const subscription = await open(consumer, producer, 'latest', 'latest')
  const got: Got[] = []
  const reading = readAll(subscription, got)
  append(1)
  await until(() => got.length === 1)
  const rejoin = part(consumer, producer)
  append(2, 3, 4)
  rejoin()
  await subscription.notices()[Symbol.asyncIterator]().next()
  append(5)
  await until(() => got.length === 2)
  await subscription.cancel()
  await reading
  expect(times(got)).toEqual([1, 5])
  expect(subscription.dropped).toBe(3n)
})

describe('it ends', () => {
  test('at once when it is cancelled or aborted while it is down, once, and nothing is opened afterwards', async () => {
    for (const how of ['cancel', 'abort', 'return'] as const) {
      const { append, provider } = await recorder()
      const { producer, consumer } = await connected(provider)
      append(1)
      const controller = new AbortController()
      const options = { resume: true, signal: controller.signal }
      const subscription = await consumer.runtime.openStream(producer.peerId, { resourceId: 'cam', from: 'from_start' }, 'bytes', options)
      const reader = subscription[Symbol.asyncIterator]()
      await reader.next()
      const waiting = reader.next()
      const rejoin = part(consumer, producer)
      await until(() => producer.runtime.outboundStreams().length === 0)
      if (how === 'abort') controller.abort(new Error('enough'))
      else if (how === 'cancel') await subscription.cancel()
      else await reader.return!()
      expect((await waiting).done).toBe(true)
      expect(await subscription.ended).toEqual({ kind: 'cancelled' })
      rejoin()
      await consumer.runtime.waitConnected(producer.peerId)
      expect(producer.runtime.outboundStreams()).toEqual([])
      await Promise.all([producer, consumer].map(({ runtime }) => runtime.shutdown()))
    }
  })

  test('when its peer has been no member for a while', async () => {
    const { append, provider } = await recorder()
    const { producer, consumer } = await connected(provider)
    append(1)
    const reading = readAll(await open(consumer, producer))
    part(consumer, producer)
    const { entries, thrown, ended } = await reading
    expect([times(entries), ended]).toEqual([[1], { kind: 'connection_lost' }])
    expect(thrown).toMatchObject({ code: 'connection-lost', message: expect.stringContaining('no member') })
  })

  test('with us', async () => {
    const { provider } = await recorder()
    const { producer, consumer } = await connected(provider)
    const reading = readAll(await open(consumer, producer))
    await consumer.runtime.shutdown()
    expect(await reading).toMatchObject({ ended: { kind: 'connection_lost' } })
  })

  test('when its peer comes back with another session', async () => {
    const [before, after] = [await recorder(), await recorder()]
    let provider = before.provider
    const { producer, consumer } = await connected((...asked) => provider(...asked))
    before.append(1)
    const got: Got[] = []
    const reading = readAll(await open(consumer, producer), got)
    await until(() => got.length === 1)
    provider = after.provider
    cut(consumer)
    expect(await reading).toMatchObject({ thrown: undefined, ended: { kind: 'session_ended' } })
  })
})

describe('a producer of another make, without positions', () => {
  const accepted = accept({ resourceId: 'cam', clockId: 'clock' })
  const stamped = (...times: number[]) => times.map((time, seq) => entry({ seq: BigInt(seq), timestampNs: BigInt(time) }))
  /** Answers the first request, and those that follow, with these; all but the last break off. */
  const saying = async (...answers: readonly (readonly Uint8Array[])[]) => {
    const producer = await ForeignProducer.start({ limits })
    let asked = 0
    const subscription = await producer.open(
      (substream) => {
        const answer = answers[asked++] ?? []
        for (const piece of answer) substream.stream.send(piece)
        if (asked < answers.length) void until(() => substream.stream.writeBufferLength === 0).then(() => substream.close())
      },
      { resume: true }
    )
    const result = await readAll(subscription)
    const notices = await noticesOf(subscription)
    await producer[Symbol.asyncDispose]()
    return { ...result, notices, asked }
  }

  test('goes on from the last time, without those that came already', async () => {
    const first = [accepted, ...stamped(1, 5, 5)]
    const { entries, ended, notices } = await saying(first, [accepted, ...stamped(5, 5, 5, 6), end(1)])
    expect([times(entries), ended]).toEqual([[1, 5, 5, 5, 6], { kind: 'source_ended' }])
    expect(entries.map(({ seq }) => seq)).toEqual([0n, 1n, 2n, 3n, 4n])
    expect(notices).toMatchObject([{ type: 'resumed' }])
    expect(notices[0]).not.toHaveProperty('mayRepeat')
  })

  test('says that entries may come twice where its times go back', async () => {
    const { entries, notices } = await saying([accepted, ...stamped(1, 5, 3)], [accepted, ...stamped(5, 3, 4), end(1)])
    expect(times(entries)).toEqual([1, 5, 3, 5, 4])
    expect(notices).toMatchObject([{ type: 'resumed', mayRepeat: true }])
  })

  test('that has no such log any longer, or another clock, has ended the session', async () => {
    for (const answer of [decline(1), accept({ resourceId: 'cam', clockId: 'other' })]) {
      const { entries, ended } = await saying([accepted, ...stamped(1)], [answer])
      expect([times(entries), ended]).toEqual([[1], { kind: 'session_ended' }])
    }
  })

  test('that closes without a word, and has no more when it is asked again, has ended it', async () => {
    const { entries, ended, asked } = await saying([accepted, ...stamped(1)], [accepted], [accepted])
    expect([times(entries), ended, asked]).toEqual([[1], { kind: 'connection_lost' }, 2])
  })
})
