import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import { memoryStorage } from '@auki/registry'
import { fileStorage } from '@auki/registry/node'
import { describe, expect, test } from 'vitest'
import { catalogOf } from '../catalog.ts'
import { writeAfterMs } from '../settings.ts'
import { faultyStorage } from '../testing/faulty-storage.ts'
import { logPath, payload, put, record, seen, segmentsIn } from '../testing/recorder.ts'
import { temporaryDirectory } from '../testing/storages.ts'
import { openLog } from './open-log.ts'

const io = { name: 'LogError', code: 'io', message: expect.stringMatching(/^io: .*what was written is kept/) }

describe('a disk that is full', () => {
  const setUp = async () => {
    const whole = memoryStorage()
    const { storage, breakDown } = faultyStorage(whole)
    const { log, session, peer, timer } = await record(storage)
    put(log, 1n, 2n)
    await log.flush()
    breakDown('writeAll')
    return { whole, log, session, peer, timer }
  }

  test('fails the flush, and every append after it, with one error that stays on the handle', async () => {
    const { log } = await setUp()
    put(log, 3n)
    const failed = await log.flush().catch((error: unknown) => error)
    expect(failed).toMatchObject({ ...io, cause: { code: 'io', message: expect.stringContaining('no space left') } })
    expect(log.failure).toBe(failed)
    expect(() => put(log, 4n)).toThrow(log.failure)
    await expect(log.flush()).rejects.toBe(failed)
    expect(log.state).toBe('live')
  })

  test('fails what was written by the way, with nobody waiting', async () => {
    const { log, timer } = await setUp()
    put(log, 3n)
    timer.advance(writeAfterMs)
    await expect.poll(() => log.failure).toMatchObject(io)
    expect(() => put(log, 4n)).toThrow(log.failure)
  })

  test('is no unhandled rejection, also when nobody waits for the room that was asked for', async () => {
    const { log } = await setUp()
    for (let i = 0; i < 8; i++) void log.append({ timestampNs: 3n, payload: payload(3, 1_000_000) })
    void log.flush()
    void log.seal()
    await expect.poll(() => log.failure).toMatchObject(io)
    await new Promise((resolve) => setImmediate(resolve)) // by then the process has noticed
  })

  test('keeps what was written, and gives back here what was not', async () => {
    const { whole, log, session, peer } = await setUp()
    put(log, 3n, 14n)
    await expect(log.flush()).rejects.toMatchObject(io)
    expect(await seen(log.read())).toEqual([1n, 2n, 3n, 14n])
    expect(log.available).toEqual({ bytes: 96n, entries: 4n, durationNs: 13n })
    expect(await seen((await openLog(whole, logPath)).read())).toEqual([1n, 2n])
    expect(catalogOf(peer, session)).toHaveLength(1)
  })

  test('rejects the promise of whoever waits for room, and of nobody else', async () => {
    const { log } = await setUp()
    const waits: Promise<void>[] = []
    while (waits.length < 3) {
      const room = log.append({ timestampNs: 3n, payload: payload(3, 1_000_000) })
      if (room !== undefined) waits.push(room)
    }
    await expect(waits[1]).rejects.toMatchObject(io) // the others are left alone
  })

  test('ends tails with the error, after everything that was appended', async () => {
    const { log } = await setUp()
    const got: bigint[] = []
    const tail = (async () => {
      for await (const { timestampNs } of log.tail({ from: 'from_start' })) got.push(timestampNs)
    })()
    put(log, 3n)
    await expect.poll(() => got).toEqual([1n, 2n, 3n])
    await expect(log.flush()).rejects.toMatchObject(io)
    await expect(tail).rejects.toBe(log.failure)
    await expect(seen(log.tail())).rejects.toBe(log.failure)
  })

  test('fails the seal, which seals all the same, and not the end of the session', async () => {
    const { log, session, whole } = await setUp()
    put(log, 3n)
    await expect(log.seal()).rejects.toMatchObject(io)
    expect(log.state).toBe('sealed')
    await session.end()
    const next = await record(whole)
    expect(next.log.available.entries).toBe(2n)
    put(next.log, 5n)
    await next.session.end()
    expect(await seen((await openLog(whole, logPath)).read())).toEqual([1n, 2n, 5n])
  })

  test('does not touch the other logs of the session', async () => {
    const { log, session } = await setUp()
    const clocks = { fromClock: session.monotonicClock, toClock: session.utcClock, source: { kind: 'local_clock_read' } } as const
    const other = await session.registerTimeTransformLog({ ...clocks, head: { kind: 'fixed' } })
    put(log, 3n)
    await expect(log.flush()).rejects.toMatchObject(io)
    await other.append({ timestampNs: 1n, payload: { offsetNs: 1n, uncertaintyNs: 1 } })
    expect(other.failure).toBeUndefined()
    await session.end()
    expect([log.state, other.state]).toEqual(['sealed', 'sealed'])
  })
})

describe('what else a disk can do', () => {
  test.each([
    ['no new segment can be made', 'create', 15n],
    ['a segment that is over can not be brought to disk', 'sync', 15n],
    ['a segment that is over can not be closed', 'close', 15n],
    ['an evicted segment can not be removed', 'remove', 1_000n],
    ['nobody knows how large the file is', 'size', 3n]
  ] as const)('%s', async (_, operation, timestampNs) => {
    const whole = memoryStorage()
    const { storage, breakDown } = faultyStorage(whole)
    const { log, session } = await record(storage, { retentionNs: 100n })
    put(log, 1n, 2n)
    await log.flush()
    breakDown(operation)
    put(log, timestampNs)
    await expect(log.flush()).rejects.toMatchObject(io)
    expect(() => put(log, timestampNs)).toThrow(log.failure)
    await session.end()
    expect((await seen((await openLog(whole, logPath)).read())).slice(0, 2)).toEqual([1n, 2n])
  })

  test('a recording that can not be opened again', async () => {
    const whole = memoryStorage()
    const first = await record(whole)
    put(first.log, 1n, 2n)
    await first.session.end()
    const { storage, breakDown } = faultyStorage(whole)
    const { log } = await record(storage)
    breakDown('openAt')
    put(log, 3n)
    await expect(log.flush()).rejects.toMatchObject(io)
    expect(await seen(log.read())).toEqual([1n, 2n, 3n])
  })

  test('files that can not be read fail the reader and nothing else', async () => {
    const { storage, breakDown } = faultyStorage()
    const { log, session } = await record(storage)
    put(log, 1n)
    await log.flush()
    put(log, 11n, 12n)
    breakDown('readRange')
    await log.flush()
    await expect(seen(log.read())).rejects.toMatchObject({
      name: 'LogError',
      code: 'io',
      details: { path: expect.stringContaining('.seg') }
    })
    expect(log.failure).toBeUndefined()
    put(log, 13n)
    await session.end()
    expect(await segmentsIn(storage)).toEqual([0n, 10n])
  })

  test('two processes do not append to one segment', async () => {
    const { storage, log } = await record()
    const bytes = Uint8Array.of(1)
    await storage.write(`${logPath}/segments/00000000000000000010.seg`, bytes)
    put(log, 11n)
    await expect(log.flush()).rejects.toMatchObject({ ...io, cause: { code: 'already-exists' } })
    expect(await storage.read(`${logPath}/segments/00000000000000000010.seg`)).toEqual(bytes)
  })
})

describe('a directory that vanishes', () => {
  test('is noticed at the next write', async () => {
    const root = await temporaryDirectory()
    const { log, session, timer } = await record(fileStorage(root))
    put(log, 1n, 2n)
    await log.flush()
    await rm(join(root, logPath), { recursive: true })
    put(log, 3n)
    timer.advance(writeAfterMs)
    await expect.poll(() => log.failure).toMatchObject({ ...io, message: expect.stringContaining('was moved, removed or cut') })
    expect(() => put(log, 4n)).toThrow(log.failure)
    await session.end()
  })

  test('takes its history with it', async () => {
    const { storage, log } = await record()
    put(log, 1n, 11n)
    await log.flush()
    put(log, 21n)
    await log.flush()
    await storage.remove(logPath)
    await expect(seen(log.read({ from: { fromTimestamp: 5n } }))).rejects.toMatchObject({ code: 'io' })
  })
})
