import { getEventListeners } from 'node:events'
import { memoryStorage } from '@auki/registry'
import { describe, expect, test } from 'vitest'
import { recentBytesMax, writeAfterMs } from '../settings.ts'
import { chance } from '../testing/chance.ts'
import { counting } from '../testing/counting.ts'
import { payload, put, record, seen } from '../testing/recorder.ts'
import { everyStorage } from '../testing/storages.ts'

describe.each(everyStorage)('reading a log, in %s', (_, newStorage) => {
  test.each([false, true])('history is what was appended before the call; flushed: %s', async (flushed) => {
    const { log } = await record(newStorage())
    expect(await seen(log.read())).toEqual([])
    const beforeAll = log.read()
    put(log, 5n, 15n, 17n, 12n, 25n)
    if (flushed) await log.flush()
    const entries = log.read()
    put(log, 26n, 35n)
    expect(await seen(entries)).toEqual([5n, 15n, 17n, 12n, 25n])
    expect(await seen(entries)).toEqual([5n, 15n, 17n, 12n, 25n])
    expect(await seen(beforeAll)).toEqual([])
    expect(await seen(log.read({ from: 'latest' }))).toEqual([])
    expect(await seen(log.read({ from: { fromTimestamp: 15n } }))).toEqual([15n, 17n, 25n, 26n, 35n])
    expect(await seen(log.read({ from: { fromTimestamp: 1_000n } }))).toEqual([])
    expect(await seen(log.read({ from: { fromTimestamp: -1n } }))).toHaveLength(7)
  })

  test('a tail goes on with what is appended, until the log is sealed', async () => {
    const { log } = await record(newStorage())
    put(log, 5n, 15n)
    const tails = [log.tail(), log.tail({ from: 'from_start' }), log.tail({ from: { fromTimestamp: 13n } })].map((tail) => seen(tail))
    await log.flush()
    put(log, 17n, 12n)
    await log.flush()
    put(log, 25n)
    await log.seal()
    expect(await Promise.all(tails)).toEqual([
      [17n, 12n, 25n],
      [5n, 15n, 17n, 12n, 25n],
      [15n, 17n, 25n]
    ])
    expect(await seen(log.tail())).toEqual([])
    expect(await seen(log.tail({ from: { fromTimestamp: 17n } }))).toEqual([17n, 25n])
  })

  test('a tail begins at the call, also in a log that holds nothing yet', async () => {
    const { log, session } = await record(newStorage())
    const tail = log.tail()
    put(log, 5n, 15n)
    await log.flush()
    const reading = seen(tail)
    await session.end()
    expect(await reading).toEqual([5n, 15n])
  })

  test.each([1, 2, 3, 4])('readers that come, wait and go while one writes miss nothing and get nothing twice (seed %i)', async (seed) => {
    const { log, timer } = await record(newStorage(), { segmentDurationNs: 300n })
    const upTo = chance(seed)
    const readers: { readonly expected: () => bigint[]; readonly got: Promise<bigint[]> }[] = []
    const all: bigint[] = []
    for (let round = 0; round < 60; round++) {
      for (let i = upTo(20); i > 0; i--) {
        all.push(BigInt(all.length))
        put(log, all.at(-1)!)
      }
      const start = all.length
      const from = [0, start, upTo(start + 10)][upTo(3)]!
      const mode = from === start ? 'latest' : from === 0 ? 'from_start' : { fromTimestamp: BigInt(from) }
      const max = upTo(4) === 0 ? upTo(30) : Number.POSITIVE_INFINITY
      readers.push({ expected: () => all.slice(from).slice(0, max), got: seen(log.tail({ from: mode }), max) })
      if (upTo(3) === 0) timer.advance(writeAfterMs)
      if (upTo(5) === 0) await log.flush()
      if (upTo(2) === 0) await new Promise((resolve) => setImmediate(resolve))
    }
    await log.seal()
    for (const { expected, got } of readers) expect(await got).toEqual(expected())
  })

  test('large and small entries, further behind than memory reaches', async () => {
    const { log } = await record(newStorage())
    const tail = log.tail()
    const sizes = Array.from({ length: 40 }, (_, i) => [100, 1_500_000, 0, 70_000, 5_000][i % 5]!)
    for (const [i, bytes] of sizes.entries()) await log.append({ timestampNs: BigInt(i), payload: payload(i, bytes) })
    await log.seal()
    const lengths: number[] = []
    for await (const { timestampNs, bytes } of tail) {
      expect(Buffer.compare(bytes, payload(Number(timestampNs), bytes.length))).toBe(0)
      lengths.push(bytes.length)
    }
    expect(lengths).toEqual(sizes)
  })

  test('overtaken by retention, a reader goes on at the oldest entry left and says so', async () => {
    const { log } = await record(newStorage(), { retentionNs: 20n })
    put(log, 5n, 6n, 15n, 25n)
    await log.flush()
    const late = log.tail({ from: 'from_start' })[Symbol.asyncIterator]()
    const done = log.tail({ from: 'latest' })[Symbol.asyncIterator]()
    const filtered = log.tail({ from: { fromTimestamp: 20n } })[Symbol.asyncIterator]()
    const lostNothing = log.tail({ from: { fromTimestamp: 26n } })[Symbol.asyncIterator]()
    put(log, 45n, 55n, 65n)
    await log.flush()
    expect(await late.next()).toMatchObject({ value: { timestampNs: 45n, overtaken: true } })
    await log.seal()
    const rest = async (iterator: AsyncIterator<{ timestampNs: bigint; overtaken: boolean }>) => {
      const entries: [bigint, boolean][] = []
      for (let result = await iterator.next(); !result.done; result = await iterator.next()) {
        entries.push([result.value.timestampNs, result.value.overtaken])
      }
      return entries
    }
    const kept: [bigint, boolean][] = [
      [45n, false],
      [55n, false],
      [65n, false]
    ]
    expect(await rest(late)).toEqual(kept.slice(1))
    expect(await rest(done)).toEqual(kept)
    expect(await rest(filtered)).toEqual([[45n, true], ...kept.slice(1)])
    expect(await rest(lostNothing)).toEqual(kept)
    expect(await rest(log.read()[Symbol.asyncIterator]())).toEqual(kept)
  })
})

test.each([3, 6, 8])('what a reader was given, and what it has yet to read, stays as it was appended (seed %i)', async (seed) => {
  const { log } = await record(memoryStorage(), { segmentDurationNs: 700n })
  const upTo = chance(seed)
  const content = (n: bigint) => payload(Number(n % 251n), n % 300n === 0n ? 5_000 : 500 + Number(n % 1_000n))
  const kept: [bigint, Uint8Array][] = []
  let readers: { readonly entries: AsyncIterator<{ timestampNs: bigint; bytes: Uint8Array }>; next: bigint }[] = []
  let appended = 0n
  for (let round = 0; round < 100; round++) {
    if (upTo(3) === 0) readers.push({ entries: log.tail()[Symbol.asyncIterator](), next: appended + 1n })
    for (let i = upTo(1_000); i > 0; i--) void log.append({ timestampNs: ++appended, payload: content(appended) })
    for (const reader of readers) {
      for (let i = upTo(1_000); i > 0 && reader.next <= appended; i--) {
        const { timestampNs, bytes } = (await reader.entries.next()).value
        if (timestampNs !== reader.next++) throw new Error(`got ${timestampNs}, expected ${reader.next - 1n}`)
        kept.push([timestampNs, bytes])
      }
    }
    const leaving = upTo(3) === 0 ? readers.filter(() => upTo(4) > 0) : []
    for (const { entries } of leaving) await entries.return!()
    readers = readers.filter((reader) => !leaving.includes(reader))
    if (upTo(3) > 0) await log.flush() // what is written may make room for what comes
  }
  expect(kept.length).toBeGreaterThan(1_000)
  expect(kept.findIndex(([timestampNs, bytes]) => Buffer.compare(bytes, content(timestampNs)) !== 0)).toBe(-1)
})

describe('a tail', () => {
  test('of what was just appended does not read files', async () => {
    const counted = counting(memoryStorage())
    const { log, timer } = await record(counted.storage)
    put(log, 1n)
    const tail = log.tail({ from: 'from_start' })[Symbol.asyncIterator]()
    for (let i = 1n; i < 200n; i++) {
      expect(await tail.next()).toMatchObject({ value: { timestampNs: i } })
      const [next] = [tail.next(), put(log, i + 1n)]
      if (i % 3n === 0n) timer.advance(writeAfterMs)
      if (i % 7n === 0n) await log.flush()
      expect(await next).toMatchObject({ value: { timestampNs: i + 1n } })
      put(log, i + 1n)
      await log.flush()
      if (i % 2n === 0n) put(log, i + 1n)
      for (let n = i % 2n === 0n ? 2 : 1; n > 0; n--) await tail.next()
      put(log, i + 1n)
    }
    expect(counted.reads).toBe(0)
  })

  test('far behind reads files, and memory again once it has caught up', async () => {
    const counted = counting(memoryStorage())
    const { log } = await record(counted.storage)
    const tail = log.tail()[Symbol.asyncIterator]()
    const entries = 3 * Math.ceil(recentBytesMax / 1_000_000)
    await log.append({ timestampNs: 0n, payload: payload(0) })
    await tail.next()
    for (let i = 1; i <= entries; i++) await log.append({ timestampNs: BigInt(i), payload: payload(i, 1_000_000) })
    await log.flush()
    for (let i = 1; i <= entries; i++) expect(await tail.next()).toMatchObject({ value: { timestampNs: BigInt(i) } })
    const { reads } = counted
    expect(reads).toBeGreaterThan(0)
    const [next] = [tail.next(), put(log, 100n)]
    expect(await next).toMatchObject({ value: { timestampNs: 100n } })
    expect(counted.reads).toBe(reads)
  })

  test('ends when its loop is left, also while it waits', async () => {
    const { log } = await record()
    const tail = log.tail()[Symbol.asyncIterator]()
    const waiting = [tail.next(), tail.next()]
    await tail.return!()
    put(log, 5n)
    expect(await Promise.all([...waiting, tail.next()])).toEqual(Array(3).fill({ done: true, value: undefined }))
  })

  test('ends with the reason of an abort, before it began, between two entries, and while it waits', async () => {
    const { log } = await record()
    put(log, 5n, 6n)
    const reason = new Error('enough')
    await expect(seen(log.tail({ signal: AbortSignal.abort(reason) }))).rejects.toBe(reason)
    const between = new AbortController()
    const reading = log.read({ signal: between.signal })[Symbol.asyncIterator]()
    await reading.next()
    between.abort(reason)
    await expect(reading.next()).rejects.toBe(reason)
    const waiting = new AbortController()
    const tail = seen(log.tail({ signal: waiting.signal }))
    await new Promise((resolve) => setImmediate(resolve)) // it waits by then
    waiting.abort(reason)
    await expect(tail).rejects.toBe(reason)
  })

  test('leaves nothing behind at a signal, however it ends', async () => {
    const { log } = await record()
    put(log, 5n, 6n)
    const { signal } = new AbortController()
    await seen(log.read({ signal }))
    await seen(log.tail({ from: 'from_start', signal }), 1)
    const tail = seen(log.tail({ signal }))
    await log.seal()
    await tail
    expect(getEventListeners(signal, 'abort')).toEqual([])
  })

  test('gives several calls of next their entries in order', async () => {
    const { log } = await record()
    const tail = log.tail()[Symbol.asyncIterator]()
    const asked = Array.from({ length: 5 }, () => tail.next())
    put(log, 1n, 2n)
    await asked[1]
    put(log, 3n, 4n, 5n)
    const results = await Promise.all(asked)
    expect(results.map(({ value }) => value?.timestampNs)).toEqual([1n, 2n, 3n, 4n, 5n])
  })
})
