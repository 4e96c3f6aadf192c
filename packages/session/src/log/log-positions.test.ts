import { memoryStorage } from '@auki/registry'
import { describe, expect, test } from 'vitest'
import { counting } from '../testing/counting.ts'
import { payload, put, record } from '../testing/recorder.ts'
import { everyStorage } from '../testing/storages.ts'
import type { LogCursor } from './log-cursor.ts'

/** What a cursor gives until it would have to wait: positions and times, and what it says is lost before them. */
async function given(cursor: LogCursor, count: number) {
  const entries: [position: number, timestampNs: bigint][] = []
  const lost: object[] = []
  while (entries.length < count) {
    const batch = await cursor.next()
    if (batch === undefined) break
    if (batch.lost !== undefined) lost.push({ ...batch.lost, before: batch.entries[0]!.position })
    entries.push(...batch.entries.map(({ position, timestampNs }) => [position, timestampNs] as [number, bigint]))
  }
  return { entries, lost }
}

describe.each(everyStorage)('positions in a log, in %s', (_, newStorage) => {
  test('count every entry from 1, from memory, from files and across segments, whatever is left out', async () => {
    const { log } = await record(newStorage())
    expect(log.nextPosition).toBe(1n)
    put(log, 1n, 1n, 11n)
    await log.flush()
    put(log, 12n, 25n)
    using all = log.cursor({ from: 'from_start' })
    using some = log.cursor({ from: { fromTimestamp: 12n } })
    using none = log.cursor({ from: 'latest' })
    put(log, 26n)
    expect((await given(all, 6)).entries.map(([position]) => position)).toEqual([1, 2, 3, 4, 5, 6])
    expect((await given(some, 3)).entries.map(([position]) => position)).toEqual([4, 5, 6])
    expect((await given(none, 1)).entries).toEqual([[6, 26n]])
    expect(log.nextPosition).toBe(7n)
  })

  test('begin at any of them, before, in and after what there is', async () => {
    const { log } = await record(newStorage())
    put(log, 1n, 1n, 5n, 3n, 11n, 12n)
    await log.flush()
    put(log, 25n)
    for (let position = 1; position <= 7; position++) {
      using cursor = log.cursor({ from: 'latest', fromPosition: BigInt(position) })
      const { entries, lost } = await given(cursor, 8 - position)
      expect(entries.map(([number]) => number)).toEqual(Array.from({ length: 8 - position }, (_, index) => position + index))
      expect(lost).toEqual([])
    }
    using next = log.cursor({ from: 'from_start', fromPosition: 8n })
    using later = log.cursor({ from: 'from_start', fromPosition: 9n })
    using never = log.cursor({ from: 'from_start', fromPosition: 2n ** 64n - 1n })
    const waiting = never.next()
    put(log, 26n, 27n)
    expect((await given(next, 2)).entries).toEqual([
      [8, 26n],
      [9, 27n]
    ])
    expect((await given(later, 1)).entries).toEqual([[9, 27n]])
    await log.seal()
    expect(await waiting).toBeUndefined()
  })

  test('go on after a restart of the log over an earlier recording, under another name', async () => {
    const storage = newStorage()
    const earlier = await record(storage)
    put(earlier.log, 1n, 2n, 11n)
    await earlier.session.end()
    const { log } = await record(storage)
    expect(log.recording).not.toBe(earlier.log.recording)
    put(log, 12n)
    using cursor = log.cursor({ from: 'latest', fromPosition: 2n })
    expect((await given(cursor, 3)).entries).toEqual([
      [2, 2n],
      [3, 11n],
      [4, 12n]
    ])
  })
})

describe('a reader that retention overtakes is told what it misses', () => {
  test('how many, and between which times, exactly', async () => {
    const { log } = await record(memoryStorage(), { retentionNs: 20n })
    put(log, 1n, 5n, 12n, 18n)
    await log.flush()
    using start = log.cursor({ from: 'from_start' })
    using time = log.cursor({ from: { fromTimestamp: 5n } })
    using second = log.cursor({ from: 'latest', fromPosition: 2n })
    using fourth = log.cursor({ from: 'latest', fromPosition: 4n })
    put(log, 25n, 45n, 55n)
    await log.flush()
    const kept = {
      entries: [
        [6, 45n],
        [7, 55n]
      ]
    }
    expect(await given(start, 2)).toEqual({ ...kept, lost: [{ entries: 5, fromNs: 1n, toNs: 25n, before: 6 }] })
    // Of a segment of which only some were wanted nobody knows how many those were.
    expect(await given(time, 2)).toEqual({ ...kept, lost: [{ entries: undefined, fromNs: 5n, toNs: 25n, before: 6 }] })
    expect(await given(second, 2)).toEqual({ ...kept, lost: [{ entries: 4, fromNs: 1n, toNs: 25n, before: 6 }] })
    expect(await given(fourth, 2)).toEqual({ ...kept, lost: [{ entries: 2, fromNs: 12n, toNs: 25n, before: 6 }] })
  })

  test('from the last one it got, in the middle of a segment', async () => {
    const { log } = await record(memoryStorage(), { retentionNs: 2_000n, segmentDurationNs: 1_000n })
    const large = (n: number) => log.append({ timestampNs: BigInt(n), payload: payload(n, 400_000) })
    for (let n = 0; n < 30; n++) await large(n)
    await log.flush()
    using cursor = log.cursor({ from: 'from_start' })
    using wanting = log.cursor({ from: { fromTimestamp: 1n } })
    const got = (await cursor.next())!.entries.length
    const wanted = (await wanting.next())!.entries.length
    expect([got, wanted].every((count) => count > 0 && count < 29)).toBe(true)
    for (const n of [1_000, 4_000]) await large(n)
    await log.flush()
    expect((await given(cursor, 1)).lost).toEqual([{ entries: 31 - got, fromNs: BigInt(got - 1), toNs: 1_000n, before: 32 }])
    expect((await given(wanting, 1)).lost).toEqual([{ entries: 30 - wanted, fromNs: BigInt(wanted), toNs: 1_000n, before: 32 }])
  })

  test('also when it comes for a position that is gone already, as far back as it knows', async () => {
    const { log } = await record(memoryStorage(), { retentionNs: 20n })
    put(log, 1n, 5n, 12n, 18n, 25n, 45n, 55n)
    await log.flush()
    const lostFrom = async (fromPosition: bigint, from: 'latest' | { fromTimestamp: bigint }) => {
      using cursor = log.cursor({ from, fromPosition })
      return (await given(cursor, 2)).lost
    }
    expect(await lostFrom(2n, 'latest')).toEqual([{ entries: 4, fromNs: 1n, toNs: 25n, before: 6 }])
    expect(await lostFrom(2n, { fromTimestamp: 5n })).toEqual([{ entries: 4, fromNs: 5n, toNs: 25n, before: 6 }])
    expect(await lostFrom(2n, { fromTimestamp: 2n ** 63n - 1n })).toEqual([{ entries: 4, fromNs: 25n, toNs: 25n, before: 6 }])
    expect(await lostFrom(2n, { fromTimestamp: -(2n ** 63n) })).toEqual([{ entries: 4, fromNs: 1n, toNs: 25n, before: 6 }])
    expect(await lostFrom(6n, 'latest')).toEqual([])
  })

  test('at its entries, when it reads the log where it is', async () => {
    const { log } = await record(memoryStorage(), { retentionNs: 20n })
    put(log, 5n, 6n, 15n, 25n)
    await log.flush()
    const late = log.tail({ from: 'from_start' })[Symbol.asyncIterator]()
    put(log, 45n, 55n)
    await log.flush()
    const lost = { entries: 4, fromNs: 5n, toNs: 25n }
    expect(await late.next()).toMatchObject({ value: { timestampNs: 45n, overtaken: true, lost } })
    expect((await late.next()).value).toMatchObject({ timestampNs: 55n, overtaken: false, lost: undefined })
  })
})

test('an entry in the middle of a large segment is found without reading all of it', async () => {
  const counted = counting(memoryStorage())
  const { log } = await record(counted.storage, { segmentDurationNs: 1_000n })
  for (let n = 0; n < 40; n++) await log.append({ timestampNs: BigInt(n), payload: payload(n, 1_000_000) })
  await log.flush()
  using cursor = log.cursor({ from: 'latest', fromPosition: 20n })
  const { reads } = counted
  const batch = await cursor.next()
  expect(batch!.entries[0]).toMatchObject({ position: 20, timestampNs: 19n })
  expect(counted.reads - reads).toBeLessThanOrEqual(4)
})
