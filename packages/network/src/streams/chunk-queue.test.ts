import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { describe, expect, it } from 'vitest'
import { encodeFrame } from '../protocols/frame.ts'
import { ChunkQueue } from './chunk-queue.ts'

const cap = 100_000
const payloadOf = (length: number) => Uint8Array.from({ length }, (_, i) => (i * 7 + length) % 251)
const framesOf = (...lengths: number[]) => Buffer.concat(lengths.map((length) => encodeFrame(payloadOf(length), cap)))
const failure = (code: string) => expect.objectContaining({ name: 'CodecError', code })

function* takenFrom(queue: ChunkQueue): Generator<Uint8Array> {
  for (let frame = queue.take(); frame; frame = queue.take()) yield frame.bytes.subarray(frame.from, frame.to)
}

/** In chunks of these lengths, again and again. */
function cut(bytes: Uint8Array, lengths: readonly number[]): Uint8Array[] {
  const chunks: Uint8Array[] = []
  for (let at = 0, i = 0; at < bytes.length; i++) {
    const end = at + lengths[i % lengths.length]!
    chunks.push(bytes.slice(at, end))
    at = end
  }
  return chunks
}

describe('frames come out as they went in', () => {
  const lengths = [1, 70, 3, 5_000, 1, 40_000, 2, 100_000, 9]
  it.each([[[1]], [[3]], [[4, 1_023, 7]], [[1_024]], [[5_000, 2]], [[64, 20_000]], [[1_000_000]]])('in chunks of %j', (sizes) => {
    const queue = new ChunkQueue(cap)
    const taken: Uint8Array[] = []
    for (const chunk of cut(framesOf(...lengths), sizes)) {
      queue.push(chunk)
      taken.push(...takenFrom(queue))
    }
    expect(taken).toEqual(lengths.map(payloadOf))
    expect(queue.bytes).toBe(0)
  })

  it('when all chunks are there before the first is taken', () => {
    const queue = new ChunkQueue(cap)
    for (const chunk of cut(framesOf(...lengths), [1, 600, 30])) queue.push(chunk)
    expect(queue.count(100)).toBe(lengths.length)
    expect([...takenFrom(queue)]).toEqual(lengths.map(payloadOf))
  })
})

it('does not copy a frame that came in one chunk, and takes no Buffer for what it is not', () => {
  const queue = new ChunkQueue(cap)
  const chunk = framesOf(10, 20_000)
  queue.push(chunk)
  const frames = [queue.take()!, queue.take()!]
  expect(frames.map(({ bytes }) => [bytes.buffer, bytes.constructor])).toEqual([
    [chunk.buffer, Uint8Array],
    [chunk.buffer, Uint8Array]
  ])
})

it('counts whole frames, up to what is asked', () => {
  const queue = new ChunkQueue(cap)
  const bytes = framesOf(10, 10, 10)
  queue.push(bytes.subarray(0, 30))
  expect([queue.count(8), queue.count(1)]).toEqual([2, 1])
  queue.push(bytes.subarray(30, 41))
  expect(queue.count(8)).toBe(2)
  queue.push(bytes.subarray(41))
  expect([queue.count(8), queue.count(2)]).toEqual([3, 2])
  queue.take()
  expect(queue.count(8)).toBe(2)
})

it.each([
  [0, 'empty-frame'],
  [cap + 1, 'frame-too-large'],
  [2 ** 32 - 1, 'frame-too-large']
])('refuses a length of %i as soon as it is read', (length, code) => {
  const queue = new ChunkQueue(cap)
  const prefix = new Uint8Array(4)
  new DataView(prefix.buffer).setUint32(0, length)
  queue.push(framesOf(5))
  queue.push(prefix)
  expect(queue.take()).toBeDefined()
  expect(() => queue.take()).toThrow(failure(code))
})

it('keeps crumbs, not the buffers they came in', async () => {
  setFlagsFromString('--expose-gc')
  const gc = runInNewContext('gc') as () => void
  const queue = new ChunkQueue(cap)
  const bytes = framesOf(3_000)
  const buffers: WeakRef<ArrayBuffer>[] = []
  for (const byte of bytes.subarray(0, 3_000)) {
    const chunk = new Uint8Array(1_000).fill(byte)
    buffers.push(new WeakRef(chunk.buffer))
    queue.push(chunk.subarray(7, 8))
  }
  await new Promise((resolve) => setImmediate(resolve))
  gc()
  expect(buffers.filter((buffer) => buffer.deref() !== undefined).length).toBeLessThan(10)
  queue.push(bytes.subarray(3_000))
  expect([...takenFrom(queue)]).toEqual([payloadOf(3_000)])
})

it('forgets what it holds when told so', () => {
  const queue = new ChunkQueue(cap)
  queue.push(framesOf(10).subarray(0, 7))
  queue.clear()
  queue.push(framesOf(3))
  expect([...takenFrom(queue)]).toEqual([payloadOf(3)])
})
