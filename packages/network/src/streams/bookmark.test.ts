import type { ReadFrom } from '@auki/datatypes'
import { describe, expect, it } from 'vitest'
import { emptyManifest, type StreamEntry, type StreamManifest } from '../protocols/stream-types.ts'
import { Bookmark } from './bookmark.ts'

const u64Max = 2n ** 64n - 1n
const ours: StreamManifest = { ...emptyManifest, clockId: 'c', clockHash: 'h', recording: 'r', position: 11n }
const theirs: StreamManifest = { ...emptyManifest, clockId: 'c', clockHash: 'h' }

const entry = (timestampNs: bigint, rest: Partial<StreamEntry> = {}): StreamEntry => ({
  ...{ timestampNs, seq: 0n, payload: new Uint8Array(0), dropped: 0n },
  ...rest
})

/** Reads these, each with the position or without, as seq 0, 1, 2 …; returns what is handed on. */
function read(bookmark: Bookmark, ...entries: readonly (StreamEntry | bigint)[]) {
  const list = entries.map((one) => (typeof one === 'bigint' ? entry(one) : one))
  return list.flatMap((one, index) => bookmark.pass({ ...one, seq: BigInt(index) }) ?? [])
}
const stamps = (entries: readonly StreamEntry[]) => entries.map(({ timestampNs, seq }) => [timestampNs, seq])
const at = (timestampNs: bigint, position: bigint, rest: Partial<StreamEntry> = {}) => entry(timestampNs, { position, ...rest })

describe('going on', () => {
  it('by position is exact, also among equal times and where time goes back, and seq goes on', () => {
    const bookmark = new Bookmark('from_start', ours)
    read(bookmark, at(5n, 1n), at(5n, 2n), at(3n, 3n))
    expect(bookmark.ask(false)).toEqual({ from: { fromTimestamp: 3n }, fromPosition: 4n })
    expect(bookmark.turnTo(ours, false)).toEqual({ mayRepeat: false, mayMiss: false })
    expect(stamps(read(bookmark, at(3n, 4n), at(2n, 5n)))).toEqual([
      [3n, 3n],
      [2n, 4n]
    ])
  })

  it('before anything came begins where it was to begin: with what comes, by its position', () => {
    const bookmark = new Bookmark('latest', ours)
    expect(bookmark.ask(false)).toEqual({ from: 'latest', fromPosition: 11n })
    bookmark.turnTo({ ...ours, position: 20n }, false)
    expect(read(bookmark, at(1n, 11n))).toHaveLength(1)
    for (const from of ['from_start', { fromTimestamp: 7n }] as ReadFrom[]) expect(new Bookmark(from, ours).ask(false)).toEqual({ from })
    const unknown = new Bookmark('latest', theirs)
    expect(unknown.ask(false)).toEqual({ from: 'latest' })
    expect(unknown.turnTo(theirs, false)).toEqual({ mayRepeat: false, mayMiss: true })
  })

  it('without positions passes over as many entries of the last time as were read, and no more', () => {
    const bookmark = new Bookmark('from_start', theirs)
    read(bookmark, 1n, 5n, 5n)
    expect(bookmark.ask(false)).toEqual({ from: { fromTimestamp: 5n } })
    expect(bookmark.turnTo(theirs, false)).toEqual({ mayRepeat: false, mayMiss: false })
    expect(stamps(read(bookmark, 5n, 5n, 5n, 6n, 5n))).toEqual([
      [5n, 3n],
      [6n, 4n],
      [5n, 5n]
    ])
  })

  it('without positions twice counts what was read before both', () => {
    const bookmark = new Bookmark('from_start', theirs)
    read(bookmark, 5n)
    for (let times = 1; times <= 3; times++) {
      bookmark.ask(false)
      bookmark.turnTo(theirs, false)
      const all = Array.from({ length: times + 1 }, () => 5n)
      expect(stamps(read(bookmark, ...all))).toEqual([[5n, BigInt(times)]])
    }
  })

  it('without positions tells when what was read last is gone, as then more may be', () => {
    const bookmark = new Bookmark('from_start', theirs)
    read(bookmark, 1n, 5n)
    bookmark.ask(false)
    bookmark.turnTo(theirs, false)
    expect(read(bookmark, 9n, 9n).map(({ gap }) => gap)).toEqual([{ lost: 0n, fromNs: 5n, toNs: 9n }, undefined])
  })

  it('without positions says that entries may come again where time went back', () => {
    const bookmark = new Bookmark('from_start', theirs)
    read(bookmark, 5n, 8n, 6n)
    expect(bookmark.ask(false)).toEqual({ from: { fromTimestamp: 6n } })
    expect(bookmark.turnTo(theirs, false)).toEqual({ mayRepeat: true, mayMiss: false })
    // The one of 8 comes again, and that it does is no gap.
    expect(read(bookmark, 8n, 6n, 7n).map(({ timestampNs, gap }) => [timestampNs, gap])).toEqual([
      [8n, undefined],
      [7n, undefined]
    ])
  })

  it('at a producer that lost its positions goes by what was asked beside them', () => {
    const bookmark = new Bookmark('from_start', ours)
    read(bookmark, at(5n, 1n), at(5n, 2n))
    bookmark.ask(false)
    expect(bookmark.turnTo(theirs, false)).toEqual({ mayRepeat: false, mayMiss: false })
    expect(stamps(read(bookmark, 5n, 5n, 5n))).toEqual([[5n, 2n]])
  })

  it('in another recording asks again, by time', () => {
    const bookmark = new Bookmark('from_start', ours)
    read(bookmark, at(5n, 7n))
    bookmark.ask(false)
    const other = { ...ours, recording: 's' }
    expect(bookmark.turnTo(other, false)).toBe('another-recording')
    expect(bookmark.ask(false)).toEqual({ from: { fromTimestamp: 5n } })
    expect(bookmark.turnTo(other, false)).toEqual({ mayRepeat: true, mayMiss: true })
    expect(stamps(read(bookmark, at(5n, 2n), at(6n, 3n)))).toEqual([[6n, 1n]])
    expect(bookmark.ask(false)).toEqual({ from: { fromTimestamp: 6n }, fromPosition: 4n })
  })

  it.each([{ clockId: 'x' }, { clockHash: 'x' }])('on another clock is none: %o', (change) => {
    const bookmark = new Bookmark('latest', ours)
    bookmark.ask(false)
    expect(bookmark.turnTo({ ...ours, ...change }, false)).toBe('another-session')
  })

  it('keeps to the time that was asked for at first, which positions know nothing of', () => {
    const bookmark = new Bookmark({ fromTimestamp: 5n }, ours)
    read(bookmark, at(5n, 3n))
    bookmark.ask(false)
    bookmark.turnTo(ours, false)
    expect(stamps(read(bookmark, at(2n, 4n), at(6n, 5n), at(4n, 6n), at(5n, 7n)))).toEqual([
      [6n, 1n],
      [5n, 2n]
    ])
  })

  it('with the newest only counts what was passed over, where positions tell', () => {
    const bookmark = new Bookmark('latest', ours)
    read(bookmark, at(1n, 11n))
    expect(bookmark.ask(true)).toEqual({ from: 'latest' })
    expect(bookmark.turnTo({ ...ours, position: 30n }, true)).toEqual({ mayRepeat: false, mayMiss: false })
    read(bookmark, at(9n, 31n, { dropped: 1n }))
    expect(bookmark.passedOver).toBe(18n)
    const blind = new Bookmark('latest', theirs)
    read(blind, 1n)
    blind.ask(true)
    expect(blind.turnTo(theirs, true)).toEqual({ mayRepeat: false, mayMiss: true })
  })
})

describe('a producer that lies', () => {
  it.each([
    [at(1n, 5n), at(1n, 5n)],
    [at(1n, 5n), at(1n, 4n)],
    [at(1n, u64Max), at(1n, 1n)]
  ])('about positions that do not go up is found out', (one, other) => {
    expect(() => read(new Bookmark('from_start', ours), one, other)).toThrow('position')
  })

  it('about a gap that ends before it begins is found out', () => {
    const gap = { lost: 1n, fromNs: 2n, toNs: 1n }
    expect(() => read(new Bookmark('from_start', ours), entry(1n, { gap }))).toThrow('gap')
  })

  it('and goes on before the place it was asked for is found out', () => {
    const bookmark = new Bookmark('from_start', ours)
    read(bookmark, at(5n, 9n))
    bookmark.ask(false)
    bookmark.turnTo(ours, false)
    expect(() => read(bookmark, at(5n, 9n))).toThrow('position 9 after 9')
  })

  it('and leaves out positions without a word does not do so in silence', () => {
    const bookmark = new Bookmark('from_start', ours)
    read(bookmark, at(5n, 2n))
    bookmark.ask(false)
    bookmark.turnTo(ours, false)
    const [first] = read(bookmark, at(9n, 7n, { gap: { lost: 1n, fromNs: 6n, toNs: 6n } }))
    expect(first!.gap).toEqual({ lost: 4n, fromNs: 5n, toNs: 9n })
  })

  it('at the edges of 64 bits gets no question that can not be written', () => {
    const bookmark = new Bookmark('from_start', ours)
    read(bookmark, at(-(2n ** 63n), u64Max, { gap: { lost: u64Max, fromNs: -(2n ** 63n), toNs: 2n ** 63n - 1n } }))
    expect(bookmark.ask(false)).toEqual({ from: { fromTimestamp: -(2n ** 63n) } })
  })
})
