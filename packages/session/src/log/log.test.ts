import { memoryStorage } from '@auki/registry'
import { describe, expect, test } from 'vitest'
import { catalogOf } from '../catalog.ts'
import { payloadBytesMax, unwrittenBytesMax, writeAfterMs } from '../settings.ts'
import { logPath, payload, put, record, seen, segmentAt, segmentsIn } from '../testing/recorder.ts'
import { everyStorage } from '../testing/storages.ts'
import { openLog } from './open-log.ts'

describe.each(everyStorage)('a log, in %s', (_, newStorage) => {
  test('gives back what was appended, in order, before and after it is written', async () => {
    const { log } = await record(newStorage())
    const sizes = [4, 0, 1, 10_000, 300_000, 0, 3, 4096, 4095]
    const appended: [bigint, Uint8Array][] = []
    const read = async () => {
      const entries: [bigint, Uint8Array][] = []
      for await (const { timestampNs, payload } of log.read()) entries.push([timestampNs, payload])
      return entries
    }
    for (const [i, bytes] of sizes.entries()) {
      await log.append({ timestampNs: BigInt(i * 3), payload: payload(i, bytes) })
      appended.push([BigInt(i * 3), payload(i, bytes)])
      expect(await read()).toEqual(appended)
      if (i === 4) await log.flush()
    }
    await log.flush()
    expect(await read()).toEqual(appended)
    await log.seal()
    expect(await read()).toEqual(appended)
  })

  test('writes segments, byte for byte', async () => {
    const { storage, log } = await record(newStorage())
    put(log, 12n, 19n, 11n, 20n, 55n)
    await log.flush()
    expect(await segmentsIn(storage)).toEqual([10n, 20n, 50n])
    const entry = (ns: number) => [ns, 0, 0, 0, 0, 0, 0, 0, 4, 0, 0, 0, ns, ns, ns, ns]
    const header = [0x41, 0x4b, 0x4c, 0x47, 1, 0, 0, 0, 10, 0, 0, 0, 0, 0, 0, 0]
    expect([...(await storage.read(segmentAt(10n)))!]).toEqual([...header, ...entry(12), ...entry(19), ...entry(11)])
    expect((await storage.read(segmentAt(50n)))!.slice(8, 20)).toEqual(Uint8Array.of(50, 0, 0, 0, 0, 0, 0, 0, 55, 0, 0, 0))
  })

  test('goes on in the same segment in another session', async () => {
    const storage = newStorage()
    const first = await record(storage)
    put(first.log, 2n, 13n)
    await first.session.end()
    const { log, session } = await record(storage)
    expect(log.available).toEqual({ bytes: 64n, entries: 2n, durationNs: 11n })
    expect([log.startedAtNs, log.extent]).toEqual([2n, { startAtNs: 2n, finishAtNs: 13n }])
    expect(() => put(log, 9n)).toThrow(expect.objectContaining({ code: 'format' }))
    put(log, 11n, 20n)
    expect(await seen(log.read())).toEqual([2n, 13n, 11n, 20n])
    await session.end()
    expect(await segmentsIn(storage)).toEqual([0n, 10n, 20n])
    const reader = await openLog(storage, logPath)
    expect(await seen(reader.read())).toEqual([2n, 13n, 11n, 20n])
    expect([reader.available, reader.extent]).toEqual([log.available, log.extent])
  })

  test('takes the largest payload and the latest timestamp there are', async () => {
    const storage = newStorage()
    const { log, session } = await record(storage, { maxAheadNs: 'any' })
    const largest = payload(7, payloadBytesMax)
    await log.append({ timestampNs: 2n ** 63n - 1n, payload: largest })
    await log.append({ timestampNs: 2n ** 63n - 1n, payload: payload(0, 0) })
    expect(log.available).toEqual({ bytes: BigInt(16 + 12 + payloadBytesMax + 12), entries: 2n, durationNs: 0n })
    await session.end()
    const lengths: number[] = []
    for await (const { bytes } of (await openLog(storage, logPath)).read()) {
      lengths.push(bytes.length)
      expect(Buffer.compare(bytes, largest.subarray(0, bytes.length))).toBe(0)
    }
    expect(lengths).toEqual([payloadBytesMax, 0])
  })

  test('evicts whole segments that are older than its retention, and never the newest', async () => {
    const { storage, log } = await record(newStorage(), { retentionNs: 25n })
    put(log, 5n, 10n, 20n, 34n)
    await log.flush()
    expect(await segmentsIn(storage)).toEqual([0n, 10n, 20n, 30n])
    put(log, 35n)
    expect(await seen(log.read())).toEqual([10n, 20n, 34n, 35n])
    await log.flush()
    expect(await segmentsIn(storage)).toEqual([10n, 20n, 30n])
    put(log, 1_000n)
    expect(log.available).toEqual({ bytes: 32n, entries: 1n, durationNs: 0n })
    expect(log.startedAtNs).toBe(1_000n)
    await log.seal()
    expect(await segmentsIn(storage)).toEqual([1_000n])
  })

  test('leaves no file of a segment that was evicted before it was written', async () => {
    const { storage, log } = await record(newStorage(), { retentionNs: 1n })
    put(log, 5n, 500n, 1_000n)
    await log.flush()
    expect(await segmentsIn(storage)).toEqual([1_000n])
  })

  test('evicts what an earlier session left, and by another retention from the next append on', async () => {
    const storage = newStorage()
    const first = await record(storage)
    put(first.log, 5n, 15n, 25n)
    await first.session.end()
    const { log } = await record(storage, { retentionNs: 100n })
    await log.setRetention(7n)
    expect(await seen(log.read())).toEqual([5n, 15n, 25n])
    put(log, 26n)
    expect(await seen(log.read())).toEqual([15n, 25n, 26n])
    await log.setRetention(0n)
    put(log, 1_000_000n)
    await log.flush()
    expect(await segmentsIn(storage)).toEqual([10n, 20n, 1_000_000n])
  })

  test('keeps its figures up, for the catalog too', async () => {
    const { peer, session, log } = await record(newStorage(), { head: { kind: 'rolling', retentionNs: 25n } })
    const row = () => catalogOf(peer, session)[0]
    expect(row()).toMatchObject({ state: 'live', available: { bytes: 0n, entries: 0n, durationNs: 0n } })
    expect([log.startedAtNs, log.extent]).toEqual([1_000_000n, undefined])
    put(log, 7n, 5n, 12n)
    expect(row()).toMatchObject({ available: { bytes: 80n, entries: 3n, durationNs: 7n }, head: { kind: 'rolling', retentionNs: 25n } })
    expect([log.startedAtNs, log.extent]).toEqual([7n, { startAtNs: 5n, finishAtNs: 12n }])
    await log.seal()
    expect(row()).toMatchObject({ state: 'sealed', extent: { startAtNs: 5n, finishAtNs: 12n }, available: { entries: 3n } })
    expect(row()).not.toHaveProperty('head')
  })
})

describe('what an append refuses', () => {
  test.each<[string, unknown, unknown, string]>([
    ['a negative timestamp', -1n, payload(1), 'format'],
    ['one before the newest window', 19n, payload(1), 'format'],
    ['one that fits no i64', 2n ** 63n, payload(1), 'format'],
    ['one that is no bigint', 25, payload(1), 'format'],
    ['no timestamp', undefined, payload(1), 'format'],
    ['a payload no stream could carry', 25n, new Uint8Array(payloadBytesMax + 1), 'payload'],
    ['a message where bytes are kept', 25n, { data: payload(1) }, 'payload'],
    ['no payload', 25n, undefined, 'payload']
  ])('%s; nothing is appended', async (_, timestampNs, given, code) => {
    const { log } = await record()
    put(log, 5n, 20n)
    const before = log.available
    const append = () => log.append({ timestampNs, payload: given } as never)
    expect(append).toThrow(expect.objectContaining({ name: 'LogError', code, message: expect.stringMatching(`^${code}: `) }))
    expect(log.available).toEqual(before)
    put(log, 21n, 20n)
    await log.flush()
    expect(await seen(log.read())).toEqual([5n, 20n, 21n, 20n])
  })

  test('anything once sealed, at once', async () => {
    const { log } = await record()
    put(log, 5n)
    const sealing = log.seal()
    expect(() => put(log, 6n)).toThrow(expect.objectContaining({ code: 'sealed' }))
    await Promise.all([sealing, log.seal(), log.flush()])
    expect(await seen(log.read())).toEqual([5n])
  })
})

describe('when it is written', () => {
  test('a lone entry is, a moment later', async () => {
    const { storage, timer, log } = await record()
    put(log, 5n, 6n)
    expect(timer.pending).toEqual([{ inMs: writeAfterMs, holdsProcess: true }])
    expect(await storage.size(segmentAt(0n))).toBeUndefined()
    timer.advance(writeAfterMs)
    await expect.poll(() => storage.size(segmentAt(0n))).toBe(48)
    expect(timer.pending).toEqual([])
    put(log, 7n)
    expect(timer.pending).toEqual([{ inMs: writeAfterMs, holdsProcess: true }])
    await log.seal()
    expect(timer.pending).toEqual([])
  })

  test('much is, without waiting', async () => {
    const { storage, timer, log } = await record()
    for (let i = 0; i < 10; i++) void log.append({ timestampNs: 1n, payload: payload(i, 30_000) })
    await expect.poll(() => storage.size(segmentAt(0n))).toBe(16 + 10 * 30_012)
    expect(timer.pending).toEqual([])
  })

  test('appending waits for room, so that little is in memory however slow the disk', async () => {
    const storage = memoryStorage()
    const { log } = await record(storage)
    const { create } = storage
    let written = 0
    storage.create = async (path) => {
      const file = await create.call(storage, path)
      const { writeAll } = file
      file.writeAll = async (parts) => {
        await new Promise((resolve) => setImmediate(resolve))
        await writeAll.call(file, parts)
        written += parts.reduce((sum, part) => sum + part.length, 0)
      }
      return file
    }
    let appended = 0
    let most = 0
    let waits = 0
    for (let i = 0; i < 300; i++) {
      const room = log.append({ timestampNs: 1n, payload: payload(i, 100_000) })
      appended += 100_012
      most = Math.max(most, appended - written)
      if (room === undefined) continue
      waits += 1
      await room
    }
    await log.flush()
    expect(written).toBe(16 + appended)
    expect(most).toBeLessThan(unwrittenBytesMax + 2 * 100_012)
    expect(most).toBeGreaterThan(unwrittenBytesMax)
    expect(waits).toBeLessThan(30)
  })
})

test('an abort ends the waiting for a flush, a seal and the end of a session; they go on', async () => {
  const { storage, log, session } = await record()
  const reason = new Error('enough')
  const abort = new AbortController()
  put(log, 1n)
  const waiting = [log.flush(abort), log.seal(abort), session.end(abort)]
  abort.abort(reason)
  for (const promise of waiting) await expect(promise).rejects.toBe(reason)
  await session.end()
  expect(await seen((await openLog(storage, logPath)).read())).toEqual([1n])
})

test('flush syncs what was written, and a segment that is over is synced and closed', async () => {
  const storage = memoryStorage()
  const { log } = await record(storage)
  const { create } = storage
  const done: string[] = []
  storage.create = async (path) => {
    const file = await create.call(storage, path)
    if (path.endsWith('.sum')) return file
    const name = Number(/(\d+)\.seg$/.exec(path)![1])
    for (const operation of ['writeAll', 'sync', 'close'] as const) {
      const whole = file[operation].bind(file) as (parts: readonly Uint8Array[]) => Promise<void>
      file[operation] = async (parts?: readonly Uint8Array[]) => {
        await new Promise((resolve) => setImmediate(resolve)) // slower than whoever does not wait for it
        await whole(parts!)
        done.push(`${operation} ${name}`)
      }
    }
    return file
  }
  put(log, 1n, 2n)
  await log.flush()
  expect(done.splice(0)).toEqual(['writeAll 0', 'sync 0'])
  put(log, 3n, 11n)
  await log.flush()
  expect(done.slice(0, 1)).toEqual(['writeAll 0'])
  expect(done.splice(0).sort()).toEqual(['close 0', 'sync 0', 'sync 10', 'writeAll 0', 'writeAll 10'])
  put(log, 12n)
  await log.seal()
  expect(done).toEqual(['writeAll 10', 'sync 10', 'close 10'])
})
