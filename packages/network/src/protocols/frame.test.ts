import { describe, expect, it } from 'vitest'
import { CodecError, type CodecErrorCode } from './codec-errors.ts'
import { encodeFrame, FrameReader } from './frame.ts'

const bytes = (...values: number[]) => Uint8Array.from(values)
const filled = (length: number) => Uint8Array.from({ length }, (_, index) => index % 251)

function readAll(reader: FrameReader): Uint8Array[] {
  const payloads: Uint8Array[] = []
  for (let payload = reader.next(); payload !== undefined; payload = reader.next()) payloads.push(payload)
  return payloads
}

function thrown(work: () => unknown): CodecError {
  try {
    work()
  } catch (error) {
    if (error instanceof CodecError) return error
    throw error
  }
  throw new Error('nothing was thrown')
}

const code = (work: () => unknown): CodecErrorCode => thrown(work).code

describe('encodeFrame', () => {
  it('puts a big-endian length and the payload into one buffer', () => {
    expect(encodeFrame(bytes(7, 8), 10)).toEqual(bytes(0, 0, 0, 2, 7, 8))
    expect(encodeFrame(filled(0x010203), 2 ** 20).subarray(0, 5)).toEqual(bytes(0, 1, 2, 3, 0))
    expect(encodeFrame(bytes(), 0)).toEqual(bytes(0, 0, 0, 0))
  })

  it('refuses what is over the cap, and says by how much', () => {
    expect(encodeFrame(filled(10), 10)).toHaveLength(14)
    const error = thrown(() => encodeFrame(filled(11), 10))
    expect([error.code, error.details]).toEqual(['frame-too-large', { actual: 11, max: 10 }])
  })
})

describe('FrameReader', () => {
  const rules = { capBytes: 1_000, allowEmpty: false }
  const payloads = [filled(1), filled(300), filled(2), filled(1_000)]
  const wire = Buffer.concat(payloads.map((payload) => encodeFrame(payload, 1_000)))

  it('cuts the same payloads out of chunks of any size', () => {
    for (const chunkBytes of [1, 2, 3, 5, 64, 304, wire.length]) {
      const reader = new FrameReader(rules)
      const read: Uint8Array[] = []
      for (let at = 0; at < wire.length; at += chunkBytes) {
        reader.push(wire.subarray(at, at + chunkBytes))
        read.push(...readAll(reader))
      }
      expect(read.map((payload) => [...payload])).toEqual(payloads.map((payload) => [...payload]))
      expect(reader.bufferedBytes).toBe(0)
      expect(() => reader.end()).not.toThrow()
    }
  })

  it('never changes a payload it has handed out', () => {
    const reader = new FrameReader(rules)
    reader.push(bytes(0, 0, 0, 3, 1, 2, 3, 0))
    const payload = reader.next()
    reader.push(bytes(0, 0, 2, 9, 9))
    expect([...reader.next()!]).toEqual([9, 9])
    expect([...payload!]).toEqual([1, 2, 3])
  })

  it('holds what arrived and no more', () => {
    const reader = new FrameReader({ capBytes: 2 ** 24, allowEmpty: false })
    reader.push(bytes(1, 0, 0, 0))
    expect(reader.next()).toBeUndefined()
    expect(reader.bufferedBytes).toBe(0)
    for (let count = 1; count <= 100; count++) {
      reader.push(bytes(count))
      expect([reader.next(), reader.bufferedBytes]).toEqual([undefined, count])
    }
  })

  it('lets whoever keeps a small payload keep no large chunk', () => {
    const reader = new FrameReader({ capBytes: 2 ** 20, allowEmpty: false })
    reader.push(Buffer.concat([encodeFrame(filled(10), 10), encodeFrame(filled(60_000), 60_000)]))
    expect(reader.next()!.buffer.byteLength).toBeLessThanOrEqual(20)
  })

  it('refuses a length over the cap from the prefix alone', () => {
    const reader = new FrameReader(rules)
    reader.push(bytes(0xff, 0xff, 0xff))
    expect(reader.next()).toBeUndefined()
    reader.push(bytes(0xff))
    const error = thrown(() => reader.next())
    expect([error.code, error.details]).toEqual(['frame-too-large', { actual: 2 ** 32 - 1, max: 1_000 }])
  })

  it('takes zero bytes for a message only where the protocol has one', () => {
    const strict = new FrameReader(rules)
    strict.push(bytes(0, 0, 0, 0))
    expect(code(() => strict.next())).toBe('empty-frame')
    const reader = new FrameReader({ capBytes: 10, allowEmpty: true })
    reader.push(bytes(0, 0, 0, 0, 0, 0, 0, 1, 5))
    expect(readAll(reader).map((payload) => [...payload])).toEqual([[], [5]])
  })

  it('tells an end between two frames from one inside a frame', () => {
    const frame = encodeFrame(filled(5), 10)
    for (let length = 0; length <= frame.length; length++) {
      const reader = new FrameReader(rules)
      reader.push(frame.subarray(0, length))
      readAll(reader)
      if (length === 0 || length === frame.length) expect(() => reader.end()).not.toThrow()
      else expect(code(() => reader.end())).toBe('io')
    }
  })
})
