import { describe, expect, it } from 'vitest'
import { encodeEntryFrame } from '../protocols/stream.ts'
import { cutPieceBytesMax, pieceBytesMax } from '../settings.ts'
import { PieceMaker } from './pieces.ts'
import type { SourceEntry } from './stream-api.ts'

const never = () => false
const entriesOf = (...lengths: number[]): SourceEntry[] =>
  lengths.map((length, i) => ({ timestampNs: BigInt(i), bytes: new Uint8Array(length).fill((length + i) % 251) }))

/** The pieces as they would go out: what is asked for next may overwrite the one before. */
function written(maker: PieceMaker, entries: readonly SourceEntry[], stopped = never): Buffer[] {
  const pieces: Buffer[] = []
  for (const piece of maker.of(entries, stopped)) pieces.push(Buffer.concat(piece))
  return pieces
}

const expected = (entries: readonly SourceEntry[], dropped = 0n) =>
  Buffer.concat(entries.flatMap(({ timestampNs, bytes }, i) => encodeEntryFrame({ timestampNs, seq: BigInt(i), payload: bytes, dropped })))

describe('the pieces of some entries', () => {
  it.each([
    [[0]],
    [[64]],
    [[0, 0, 0, 1]],
    [Array.from({ length: 3_000 }, () => 64)],
    [Array.from({ length: 200 }, () => 1_024)],
    [[16_384, 16_385, 16_384, 16_385]],
    [[cutPieceBytesMax - 40, cutPieceBytesMax, cutPieceBytesMax + 1, 1_000, 50_000, 1_000, 16_385]],
    [[pieceBytesMax - 40, pieceBytesMax, pieceBytesMax + 1, 2 * pieceBytesMax]],
    [[1_000_000, 3, 200_000, 64, 5_000_000]]
  ])('of %j bytes are their frames, cut', (lengths) => {
    for (const dropped of [0n, 2n ** 64n - 1n]) {
      const entries = entriesOf(...lengths)
      const pieces = written(new PieceMaker({ seq: 0n, dropped }), entries)
      expect(Buffer.concat(pieces).equals(expected(entries, dropped))).toBe(true)
      for (const piece of pieces) expect(piece.length).toBeLessThanOrEqual(pieceBytesMax)
    }
  })

  it('are few for small entries, and full for large ones', () => {
    expect(written(new PieceMaker({ seq: 0n, dropped: 0n }), entriesOf(...Array.from({ length: 1_000 }, () => 64)))).toHaveLength(2)
    const large = written(new PieceMaker({ seq: 0n, dropped: 0n }), entriesOf(1_000_000, 1_000_000))
    expect(large.slice(0, -1).every(({ length }) => length === cutPieceBytesMax)).toBe(true)
  })

  it('hold a large payload itself, not a copy', () => {
    const [entry] = entriesOf(50_000)
    const [piece] = new PieceMaker({ seq: 0n, dropped: 0n }).of([entry!], never)
    expect(piece!.map(({ buffer }) => buffer)).toContain(entry!.bytes.buffer)
  })

  it('do not change with a small payload that is filled again while its last pieces are still to be written', () => {
    const [entry] = entriesOf(10_000)
    const before = expected([entry!])
    const pieces: Uint8Array[] = []
    for (const piece of new PieceMaker({ seq: 0n, dropped: 0n }, () => 2_000).of([entry!], never)) {
      pieces.push(Buffer.concat(piece))
      entry!.bytes.fill(255)
    }
    expect(pieces.length).toBeGreaterThan(4)
    expect(Buffer.concat(pieces).equals(before)).toBe(true)
  })

  it('are made one at a time: the entries behind are not looked at before', () => {
    let asked = 0
    const pieces = new PieceMaker({ seq: 0n, dropped: 0n }).of(entriesOf(65_000, 65_000, 65_000), () => {
      asked++
      return false
    })
    pieces.next()
    expect(asked).toBe(1)
  })
})

describe('the stamp', () => {
  it('counts on from batch to batch, and wraps', () => {
    const stamp = { seq: 2n ** 64n - 2n, dropped: 0n }
    const maker = new PieceMaker(stamp)
    written(maker, entriesOf(1, 1))
    expect(stamp.seq).toBe(0n)
    written(maker, entriesOf(1))
    expect(stamp.seq).toBe(1n)
  })

  it('counts only what is written when it is told to stop between two entries', () => {
    const stamp = { seq: 0n, dropped: 0n }
    const entries = entriesOf(100_000, 100_000, 100_000)
    const pieces = written(new PieceMaker(stamp), entries, () => stamp.seq === 2n)
    expect(stamp.seq).toBe(2n)
    expect(Buffer.concat(pieces).equals(expected(entries.slice(0, 2)))).toBe(true)
  })
})

describe('an entry that does not fit', () => {
  it.each([
    ['frame-too-large', { timestampNs: 0n, bytes: new Uint8Array(16_777_216) }],
    ['encode', { timestampNs: 2n ** 63n, bytes: new Uint8Array(0) }]
  ])('is refused as %s once the entries before it are out, and can be followed by others', (code, bad) => {
    const stamp = { seq: 0n, dropped: 0n }
    const maker = new PieceMaker(stamp)
    const good = entriesOf(10, 20)
    const pieces: Uint8Array[] = []
    expect(() => {
      for (const piece of maker.of([...good, bad], never)) pieces.push(Buffer.concat(piece))
    }).toThrow(expect.objectContaining({ name: 'CodecError', code }))
    expect(Buffer.concat(pieces).equals(expected(good))).toBe(true)
    expect(stamp.seq).toBe(2n)
  })
})
