import { expect, test } from 'vitest'
import { emptyManifest } from '../protocols/stream-types.ts'
import { befriend, startPeer } from '../testing/peers.ts'
import type { StreamItem } from './types.ts'

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
