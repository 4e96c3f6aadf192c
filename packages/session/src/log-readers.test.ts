import { getEventListeners } from 'node:events'
import { memoryStorage, type Storage } from '@auki/registry'
import { describe, expect, test } from 'vitest'
import { recentBytesMax } from './cursor.ts'
import { openLog } from './open-log.ts'
import { logPath, payload, put, record, seen, segmentAt } from './testing/recorder.ts'
import { everyStorage } from './testing/storages.ts'

/** Counts how often the files of a storage are read. */
function counting(storage: Storage): { readonly storage: Storage; reads: number } {
  const counted = { storage, reads: 0 }
  const { readRange } = storage
  storage.readRange = (...args) => {
    counted.reads += 1
    return readRange.apply(storage, args)
  }
  return counted
}

/** Whatever a test of random choices needs: 32-bit numbers from a seed. */
function chance(seed: number): (below: number) => number {
  let state = seed
  return (below) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0
    return Math.floor((state / 2 ** 32) * below)
  }
}

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
      if (upTo(3) === 0) timer.run()
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

test.each([1, 2, 3])('what a reader was given, and what it has yet to read, stays as it was appended (seed %i)', async (seed) => {
  const { log } = await record(memoryStorage(), { segmentDurationNs: 700n })
  const upTo = chance(seed)
  const content = (n: bigint) => payload(Number(n % 251n), n % 300n === 0n ? 5_000 : 500 + Number(n % 1_000n))
  const kept: [bigint, Uint8Array][] = []
  let readers: { readonly entries: AsyncIterator<{ timestampNs: bigint; bytes: Uint8Array }>; next: bigint }[] = []
  let appended = 0n
  for (let round = 0; round < 150; round++) {
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
      if (i % 3n === 0n) timer.run()
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

describe('a cursor', () => {
  test('takes what is there in one batch, never history and news together', async () => {
    const { log } = await record()
    put(log, 1n, 2n, 11n)
    using cursor = log.cursor({ from: 'from_start' })
    put(log, 12n, 13n)
    const times = (batch: Awaited<ReturnType<typeof cursor.next>>) => batch?.entries.map(({ timestampNs }) => timestampNs)
    const history = await cursor.next()
    expect([times(history), history?.history, history?.overtaken]).toEqual([[1n, 2n, 11n], true, false])
    const news = await cursor.next()
    expect([times(news), news?.history]).toEqual([[12n, 13n], false])
    const next = cursor.next()
    put(log, 14n, 15n, 29n)
    expect(times(await next)).toEqual([14n, 15n, 29n])
    await log.seal()
    expect(await cursor.next()).toBeUndefined()
  })

  test('keeps history apart from news in files too', async () => {
    const { log } = await record()
    const large = (n: bigint) => log.append({ timestampNs: n, payload: payload(Number(n), 10_000) })
    await large(1n)
    await large(2n)
    using cursor = log.cursor({ from: 'from_start' })
    for (const n of [3n, 4n, 5n]) await large(n)
    await log.flush()
    const history = await cursor.next()
    expect([history?.entries.length, history?.history]).toEqual([2, true])
    const news = await cursor.next()
    expect([news?.entries.length, news?.history]).toEqual([3, false])
  })

  test('hands on large payloads as they were appended', async () => {
    const { log } = await record()
    using cursor = log.cursor({ from: 'latest' })
    const large = payload(7, 100_000)
    await log.append({ timestampNs: 1n, payload: large })
    expect((await cursor.next())?.entries[0]?.bytes).toBe(large)
  })

  test('skips to the newest entry, wherever it stands', async () => {
    const counted = counting(memoryStorage())
    const { log } = await record(counted.storage)
    using start = log.cursor({ from: 'from_start' })
    expect(start.skipToNewest()).toBe(0)
    put(log, 1n, 2n, 11n, 25n)
    using inTheMiddle = log.cursor({ from: { fromTimestamp: 10n } })
    expect(inTheMiddle.skipToNewest()).toBe(1)
    expect(start.skipToNewest()).toBe(3)
    expect(start.skipToNewest()).toBe(0)
    await log.append({ timestampNs: 26n, payload: payload(9, 100_000) })
    await log.flush()
    for (const cursor of [start, inTheMiddle]) {
      expect(cursor.skipToNewest()).toBe(1)
      const newest = (await cursor.next())?.entries.at(-1)
      expect([newest?.timestampNs, newest?.bytes.length]).toEqual([26n, 100_000])
      expect(cursor.skipToNewest()).toBe(0)
    }
    expect(counted.reads).toBe(0)
  })

  test('ends when it is closed, while it waits and afterwards', async () => {
    const { log } = await record()
    const cursor = log.cursor({ from: 'latest' })
    const next = cursor.next()
    cursor.close()
    expect(await next).toBeUndefined()
    put(log, 1n)
    expect(await cursor.next()).toBeUndefined()
    cursor.close()
  })
})

describe('openLog', () => {
  test('reads a recording as it was then', async () => {
    const { storage, log, session } = await record()
    put(log, 5n, 15n)
    await log.flush()
    const reader = await openLog(storage, logPath)
    put(log, 16n, 25n)
    await session.end()
    expect(await seen(reader.read())).toEqual([5n, 15n])
    expect([reader.available, reader.extent]).toEqual([
      { bytes: 64n, entries: 2n, durationNs: 10n },
      { startAtNs: 5n, finishAtNs: 15n }
    ])
    expect(reader.manifest).toEqual(log.manifest)
    expect(await seen((await openLog(storage, logPath)).read({ from: { fromTimestamp: 16n } }))).toEqual([16n, 25n])
  })

  test('says so when its writer evicts what it was about to read', async () => {
    const { storage, log } = await record()
    put(log, 5n, 15n, 25n)
    await log.flush()
    const reader = await openLog(storage, logPath)
    await storage.remove(segmentAt(0n))
    await storage.remove(segmentAt(10n))
    const entries: [bigint, boolean][] = []
    for await (const { timestampNs, overtaken } of reader.read()) entries.push([timestampNs, overtaken])
    expect(entries).toEqual([[25n, true]])
    await storage.remove(segmentAt(20n))
    await expect(seen(reader.read())).rejects.toMatchObject({ code: 'io', message: expect.stringContaining('is gone') })
  })

  test('can be given up', async () => {
    const { storage } = await record()
    const reason = new Error('enough')
    await expect(openLog(storage, logPath, { signal: AbortSignal.abort(reason) })).rejects.toBe(reason)
    const controller = new AbortController()
    const opening = openLog(storage, logPath, { signal: controller.signal })
    controller.abort(reason)
    await expect(opening).rejects.toBe(reason)
  })

  test.each([
    ['nothing', undefined],
    ['no JSON', '{'],
    ['the manifest of no kind of log', '{"x":1}'],
    ['no UTF-8', Uint8Array.of(0xff)]
  ])('refuses a directory with %s', async (_, content) => {
    const storage = memoryStorage()
    const bytes = typeof content === 'string' ? new TextEncoder().encode(content) : content
    if (bytes !== undefined) await storage.write('logs/p/x/manifest.json', bytes)
    await expect(openLog(storage, 'logs/p/x')).rejects.toMatchObject({ name: 'LogError', code: 'manifest' })
  })

  test('refuses a manifest whose windows have no length, and a path that leads elsewhere', async () => {
    const { storage } = await record()
    const path = `${logPath}/manifest.json`
    const text = new TextDecoder().decode(await storage.read(path))
    await storage.write(path, new TextEncoder().encode(text.replace('"segment_duration_ns":10', '"segment_duration_ns":0')))
    await expect(openLog(storage, logPath)).rejects.toMatchObject({ code: 'manifest' })
    await expect(openLog(storage, '../logs')).rejects.toMatchObject({ code: 'invalid-path' })
    storage.read = () => Promise.reject(new Error('the disk is off'))
    await expect(openLog(storage, logPath)).rejects.toMatchObject({ code: 'io', message: 'io: the disk is off' })
  })
})
