/** What a producer does for its consumers, and how each hears of the end of the other. */
import { createServer, type Server } from 'node:net'
import { OpenStreamError, type StreamProvider } from '@auki/network'
import { describe, expect, test } from 'vitest'
import { befriend, startPeer, startRaw, until } from '../../packages/network/src/testing/peers.ts'
import { ForeignNode } from '../foreign/peer/foreign-node.ts'
import { request } from '../foreign/peer/streaming.ts'
import { protocols } from '../foreign/peer/substream.ts'
import { Camera, type Got, manifest, open, type Pair, pair, readAll, serve, serving } from './support.ts'

const one = new Uint8Array(10)

/** A camera that is read; its first entry has arrived. */
async function reading(camera = new Camera()): Promise<Pair & { camera: Camera; read: ReturnType<typeof readAll> }> {
  const both = await pair(serving(camera))
  const subscription = await open(both)
  const got: Got[] = []
  const read = readAll(subscription, got)
  camera.push(one)
  await until(() => got.length === 1)
  return { ...both, camera, read }
}

describe('the source is told at once, while it is idle, that its consumer', () => {
  test('has cancelled', async () => {
    const camera = new Camera()
    const both = await pair(serving(camera))
    const subscription = await open(both)
    await until(() => camera.asked === 1)
    await subscription.cancel()
    await camera.wasReturned()
    await until(() => both.producer.runtime.outboundStreams().length === 0)
    expect(both.consumer.facts()).not.toContain('disconnected')
  })

  test('has disappeared with its connection', async () => {
    const { camera, consumer, read } = await reading()
    await consumer.swarm.stop()
    await camera.wasReturned()
    expect(await read).toMatchObject({ entries: [{ seq: 0n }], thrown: { code: 'connection-lost' } })
  })

  test.each<[string, (substream: { close(): void; abort(): void; send(bytes: Uint8Array): void }) => void]>([
    ['has closed its side', (substream) => substream.close()],
    ['has reset', (substream) => substream.abort()],
    ['says more than its request', (substream) => substream.send(Uint8Array.of(1))]
  ])('%s', async (_, leave) => {
    const camera = new Camera()
    const producer = await startPeer({ streamProvider: serving(camera) })
    await using node = await ForeignNode.start(78)
    producer.runtime.setAllowedPeers([{ peerId: node.peerId, multiaddrs: node.multiaddrs }])
    await node.connect(producer.peerId, producer.multiaddrs)
    const substream = await node.open(producer.peerId, protocols.stream)
    substream.send(request('cam'))
    await substream.frame()
    await until(() => camera.asked === 1)
    leave(substream)
    await camera.wasReturned()
    await until(() => producer.runtime.outboundStreams().length === 0)
  })

  test('is no member any longer', async () => {
    const { camera, producer, read } = await reading()
    producer.runtime.setAllowedPeers([])
    await camera.wasReturned()
    expect(await read).toMatchObject({ entries: [{ seq: 0n }], ended: { kind: 'connection_lost' } })
    expect(producer.runtime.outboundStreams()).toEqual([])
  })

  test('has taken us off its list', async () => {
    const { camera, consumer, read } = await reading()
    consumer.runtime.setAllowedPeers([])
    await camera.wasReturned()
    expect(await read).toMatchObject({ ended: { kind: 'connection_lost' } })
  })
})

describe('a consumer is told', () => {
  test('that the source has ended, failed, or belonged to a session that is over', async () => {
    const ends: [(camera: Camera) => void, boolean, object][] = [
      [(camera) => camera.finish(), false, { kind: 'source_ended' }],
      [(camera) => camera.finish(new Error('no light')), false, { kind: 'producer_error', detail: 'no light' }],
      [(camera) => camera.finish(new Error('x'.repeat(5_000))), false, { kind: 'producer_error', detail: 'x'.repeat(1_000) }],
      [(camera) => camera.finish(), true, { kind: 'session_ended' }]
    ]
    for (const [finish, sessionIsOver, ended] of ends) {
      const camera = new Camera().push(one)
      const both = await pair(serving(camera), { sessionEnded: () => sessionIsOver })
      const read = readAll(await open(both))
      finish(camera)
      expect(await read).toEqual({ entries: [{ seq: 0n, timestampNs: 0n, bytes: 10 }], thrown: undefined, ended })
    }
  })

  test('that the producer shuts down, before anything else that its source has to say', async () => {
    const { camera, producer, read } = await reading()
    const down = producer.runtime.shutdown()
    await camera.wasReturned()
    camera.push(one).finish()
    await down
    expect(await read).toEqual({
      entries: [expect.objectContaining({ seq: 0n })],
      thrown: undefined,
      ended: { kind: 'producer_shutting_down' }
    })
  })

  test('nothing more when it does not take that within the grace', async () => {
    const camera = new Camera()
    const both = await pair(serving(camera))
    const subscription = await open(both)
    // The first is held for the reader; the second does not fit what is left between the two.
    camera.push(new Uint8Array(8_000_000), new Uint8Array(8_000_000))
    await until(() => both.producer.runtime.outboundStreams()[0]!.sent === 2n)
    await both.producer.runtime.shutdown()
    expect(camera.returned).toBe(true)
    const { entries, thrown, ended } = await readAll(subscription)
    expect(entries.map(({ seq }) => seq)).toEqual(entries.map((_, index) => BigInt(index)))
    expect([thrown, ended]).toMatchObject([{ code: 'connection-lost' }, { kind: 'connection_lost' }])
  })

  test('that no new streams are served while those that are open end', async () => {
    const { producer, consumer, read } = await reading()
    await producer.runtime.endStreams()
    expect((await read).ended).toEqual({ kind: 'producer_shutting_down' })
    await expect(open({ producer, consumer })).rejects.toMatchObject({
      code: 'declined',
      details: { reason: { kind: 'producer_shutting_down' } }
    })
  })

  test.each<[string, StreamProvider]>([
    [
      'throws',
      () => {
        throw new Error('not today')
      }
    ],
    ['answers nonsense', () => undefined as never],
    ['has a source that is none', () => ({ accept: { kind: 'bytes', manifest, source: 7 as never } })]
  ])('no when the provider %s, and the producer serves on', async (_, failing) => {
    let provider = failing
    const both = await pair((...asked) => provider(...asked))
    await expect(open(both)).rejects.toMatchObject({ code: 'declined', details: { reason: { kind: 'other', detail: 'provider raised' } } })
    provider = serving(new Camera().finish())
    expect(await readAll(await open(both))).toMatchObject({ ended: { kind: 'source_ended' } })
  })

  test('who it is by the connection, not by what it says', async () => {
    const asked: unknown[][] = []
    const both = await pair((...question) => {
      asked.push(question)
      return { decline: { kind: 'sensor_unavailable' } }
    })
    const opening = both.consumer.runtime.openStream(
      both.producer.peerId,
      { resourceId: 'mic', sourcePeerId: 'else', from: { fromTimestamp: -3n } },
      'bytes'
    )
    await expect(opening).rejects.toMatchObject({ details: { reason: { kind: 'sensor_unavailable' } } })
    expect(asked).toEqual([
      [
        both.consumer.peerId,
        { resourceId: 'mic', sourcePeerId: 'else', from: { fromTimestamp: -3n }, keep: 'all', gaps: true, confirms: true }
      ]
    ])
  })
})

describe('deadlines', () => {
  test('a producer cuts off who opens a stream and does not ask in time, and serves the next', async () => {
    const producer = await startPeer({
      streamProvider: serving(new Camera().finish()),
      limits: { streamServerReadMs: 1_000, streamPendingPerPeerMax: 1 }
    })
    const raw = await startRaw()
    producer.runtime.setAllowedPeers([raw])
    const silent = await raw.open(producer, protocols.stream)
    expect(await silent.ended).toBe('reset')
    expect(await (await raw.open(producer, protocols.stream)).send(request('cam')).ended).toBe('eof')
  })

  test('a consumer gives up on a peer that takes connections and says nothing', async () => {
    const server = await new Promise<Server>((resolve) => {
      const listening = createServer((socket) => socket.on('error', () => {})).listen(0, '127.0.0.1', () => resolve(listening))
    })
    const consumer = await startPeer({ limits: { streamOpenMs: 200 } })
    const silent = await startRaw({ listen: [] })
    const { port } = server.address() as { port: number }
    consumer.runtime.setAllowedPeers([{ peerId: silent.peerId, multiaddrs: [`/ip4/127.0.0.1/tcp/${port}`] }])
    const opening = consumer.runtime.openStream(silent.peerId, { resourceId: 'cam' }, 'bytes')
    await expect(opening).rejects.toMatchObject({ code: 'timeout', details: { phase: 'open', durationMs: 200 } })
    server.close()
  })
})

describe('limits', () => {
  test('a peer has so many streams at once and no more; one that ends makes room', async () => {
    const both = await pair(() => serve(new Camera()), { limits: { streamLivePerPeerMax: 2 } })
    const [first] = [await open(both), await open(both)]
    await expect(open(both)).rejects.toBeInstanceOf(OpenStreamError)
    expect(both.producer.runtime.outboundStreams()).toHaveLength(2)
    await first!.cancel()
    await until(() => both.producer.runtime.outboundStreams().length === 1)
    await (await open(both)).cancel()
  })

  test('all peers together have so many, and each that is open stays', async () => {
    const both = await pair(() => serve(new Camera().push(one)), { limits: { streamLiveMax: 2 } })
    const other = await startPeer()
    const { producer, consumer } = both
    producer.runtime.setAllowedPeers([consumer, other])
    other.runtime.setAllowedPeers([producer])
    await other.runtime.waitConnected(producer.peerId)
    const subscriptions = [await open(both), await open({ producer, consumer: other })]
    for (const who of [consumer, other]) await expect(open({ producer, consumer: who })).rejects.toBeInstanceOf(OpenStreamError)
    for (const subscription of subscriptions) {
      for await (const { seq } of subscription) {
        expect(seq).toBe(0n)
        break
      }
    }
  })

  test('a stranger is served nothing', async () => {
    const producer = await startPeer({ streamProvider: serving(new Camera()) })
    const stranger = await startPeer()
    stranger.runtime.setAllowedPeers([producer])
    await stranger.runtime.waitConnected(producer.peerId)
    await expect(open({ producer, consumer: stranger })).rejects.toBeInstanceOf(OpenStreamError)
    await befriend(producer, stranger)
    await (await open({ producer, consumer: stranger })).cancel()
  })
})
