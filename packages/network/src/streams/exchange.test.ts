import { expect, test } from 'vitest'
import { emptyManifest } from '../protocols/stream-types.ts'
import { nodeOf } from '../swarm/swarm.ts'
import { befriend, startPeer, type TestPeer } from '../testing/peers.ts'
import type { StreamItem } from './stream-api.ts'

const manifest = { ...emptyManifest, resourceId: 'cam', sensorId: 'cam', sensorHash: 'h', clockId: 'c', clockHash: 'h' }

async function* items(count: number, bytes: number): AsyncGenerator<StreamItem<'bytes'>> {
  for (let i = 0; i < count; i++) yield { timestampNs: BigInt(i), payload: new Uint8Array(bytes).fill(i) }
}

test.each([
  [1000, 64],
  [100, 5_000],
  [20, 70_000],
  [3, 3_000_000],
  [1, 0],
  [1, 16_777_152]
])('%i entries of %i bytes arrive as they were sent', async (count, bytes) => {
  const producer = await startPeer({ streamProvider: () => ({ accept: { kind: 'bytes', manifest, source: items(count, bytes) } }) })
  const consumer = await startPeer()
  await befriend(producer, consumer)
  const stream = await consumer.runtime.openStream(producer.peerId, { resourceId: 'cam' }, 'bytes')
  expect(stream.manifest).toStrictEqual(manifest)
  let seq = 0n
  for await (const entry of stream) {
    expect(entry.seq).toBe(seq)
    expect(entry.timestampNs).toBe(seq)
    expect(entry.payload.length).toBe(bytes)
    if (bytes > 0 && Buffer.compare(entry.payload, new Uint8Array(bytes).fill(Number(seq))) !== 0) throw new Error(`entry ${seq} differs`)
    seq++
  }
  expect(seq).toBe(BigInt(count))
  expect(await stream.ended).toEqual({ kind: 'source_ended' })
})

/** Counts the muxer's frames that give room back on the stream that the peer reads. */
function countUpdates({ swarm }: TestPeer): () => number {
  const streams = nodeOf(swarm)
    .libp2p.getConnections()
    .flatMap((connection) => connection.streams)
  const reading = streams.find(({ protocol }) => protocol === '/auki/stream/0.2.0') as unknown as {
    sendFrame(header: { type: number }): void
  }
  const { sendFrame } = reading
  const windowUpdate = 1
  let updates = 0
  reading.sendFrame = (header, ...rest: []) => {
    if (header.type === windowUpdate) updates++
    sendFrame.call(reading, header, ...rest)
  }
  return () => updates
}

test('a reader gives room back half a window at a time, not piece by piece', async () => {
  const { promise: opened, resolve: start } = Promise.withResolvers<void>()
  async function* afterwards() {
    await opened
    yield* items(200, 100_000)
  }
  const producer = await startPeer({ streamProvider: () => ({ accept: { kind: 'bytes', manifest, source: afterwards() } }) })
  const consumer = await startPeer()
  await befriend(producer, consumer)
  const stream = await consumer.runtime.openStream(producer.peerId, { resourceId: 'cam' }, 'bytes')
  const updates = countUpdates(consumer)
  start()
  let bytes = 0
  for await (const { payload } of stream) bytes += payload.length
  expect(bytes).toBe(20_000_000)
  // The first window is of 256 KiB; with an update for each piece there would be 300.
  expect(updates()).toBeGreaterThan(0)
  expect(updates()).toBeLessThanOrEqual((2 * 20_000_000) / 262_144)
})
