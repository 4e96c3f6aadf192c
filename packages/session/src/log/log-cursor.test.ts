import { memoryStorage } from '@auki/registry'
import { describe, expect, test } from 'vitest'
import { counting } from '../testing/counting.ts'
import { payload, put, record } from '../testing/recorder.ts'

describe('a cursor', () => {
  test('takes what is there in one batch, never history and news together', async () => {
    const { log } = await record()
    put(log, 1n, 2n, 11n)
    using cursor = log.cursor({ from: 'from_start' })
    put(log, 12n, 13n)
    const times = (batch: Awaited<ReturnType<typeof cursor.next>>) => batch?.entries.map(({ timestampNs }) => timestampNs)
    const history = await cursor.next()
    expect([times(history), history?.history, history?.lost]).toEqual([[1n, 2n, 11n], true, undefined])
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
