import { memoryStorage, type Storage } from '@auki/registry'
import { describe, expect, test } from 'vitest'
import { logPath, payload, record, segmentAt } from '../testing/recorder.ts'
import { openLog } from './open-log.ts'

const durationNs = 1_000n
const wrong = /do not have the checksum/

/** A recording with the segments 0 and 1,000; `entries` says what is in each: their sizes. Payloads differ in every byte from those around. */
async function recorded(sizes: readonly number[], storage: Storage = memoryStorage()) {
  const { log, session } = await record(storage, { segmentDurationNs: durationNs })
  for (const startNs of [0n, durationNs]) {
    for (const [i, bytes] of sizes.entries()) {
      await log.append({ timestampNs: startNs + BigInt(i), payload: new Uint8Array(bytes).map((_, at) => 1 + ((at * 7 + i * 31) % 251)) })
    }
  }
  await session.end()
  const change = async (path: string, to: (bytes: Uint8Array<ArrayBuffer>) => Uint8Array) =>
    storage.write(path, to(new Uint8Array((await storage.read(path))!)))
  return { storage, change }
}

async function readAll(storage: Storage): Promise<{ times: bigint[]; error?: unknown }> {
  const times: bigint[] = []
  try {
    for await (const { timestampNs } of (await openLog(storage, logPath)).read()) times.push(timestampNs)
    return { times }
  } catch (error) {
    return { times, error }
  }
}

const sumsAt = (startNs: bigint): string => segmentAt(startNs).replace('.seg', '.sum')
const format = (startNs: bigint, reason: RegExp) => ({
  name: 'LogError',
  code: 'format',
  details: { path: segmentAt(startNs), reason: expect.stringMatching(reason) }
})
const swapped = (bytes: Uint8Array, a: number, b: number): Uint8Array => {
  const changed = bytes.slice()
  changed.set(bytes.subarray(b, b + 4_096), a)
  changed.set(bytes.subarray(a, a + 4_096), b)
  return changed
}

describe('what no header tells is told by the checksums', () => {
  test.each<[string, (bytes: Uint8Array) => Uint8Array]>([
    ['a flipped bit in a payload', (bytes) => bytes.with(9_000, bytes[9_000]! ^ 1)],
    ['two blocks that changed places', (bytes) => swapped(bytes, 8_192, 12_288)],
    ['a block that is there twice', (bytes) => bytes.slice().copyWithin(12_288, 8_192, 12_288)],
    ['half a block of zeros', (bytes) => bytes.slice().fill(0, 10_240, 12_288)]
  ])('%s', async (_, to) => {
    const { storage, change } = await recorded([20_000, 20_000])
    await change(segmentAt(0n), to)
    expect(await readAll(storage)).toMatchObject({ times: [], error: format(0n, wrong) })
    const { log } = await record(storage, { segmentDurationNs: durationNs })
    await expect(log.read()[Symbol.asyncIterator]().next()).rejects.toMatchObject(format(0n, wrong))
    expect(await later(log.read({ from: { fromTimestamp: durationNs } }))).toEqual([1_000n, 1_001n])
  })

  test('entries before the damage are read, small ones one by one', async () => {
    const { storage, change } = await recorded([100, 100, 100])
    await change(segmentAt(0n), (bytes) => bytes.with(16 + 112 + 50, 0))
    expect(await readAll(storage)).toMatchObject({ times: [0n], error: format(0n, wrong) })
  })

  test('bytes after what was written, though they look like an entry', async () => {
    const { storage, change } = await recorded([100])
    await change(segmentAt(0n), (bytes) => Uint8Array.of(...bytes, ...bytes.subarray(16)))
    expect(await readAll(storage)).toMatchObject({ times: [0n], error: format(0n, /checksums end there/) })
    const { session } = await record(storage, { segmentDurationNs: durationNs })
    await session.end()
    expect(await readAll(storage), 'also when another session has gone on').toMatchObject({
      times: [0n],
      error: format(0n, /checksums end/)
    })
  })

  test('a checksum file that is damaged itself', async () => {
    const { storage, change } = await recorded([100, 100])
    await change(sumsAt(0n), (bytes) => bytes.with(20, bytes[20]! ^ 1))
    expect(await readAll(storage)).toMatchObject({ times: [], error: format(0n, /remove the \.sum file/) })
    await storage.remove(sumsAt(0n))
    expect(await readAll(storage)).toEqual({ times: [0n, 1n, 1_000n, 1_001n] })
  })
})

async function later(entries: AsyncIterable<{ readonly timestampNs: bigint }>): Promise<bigint[]> {
  const times: bigint[] = []
  for await (const { timestampNs } of entries) times.push(timestampNs)
  return times
}

describe('a log that goes on over a newest segment', () => {
  test.each<[string, (bytes: Uint8Array) => Uint8Array, RegExp]>([
    ['with a payload that never came', (bytes) => bytes.slice().fill(0, 16 + 112 + 12), wrong],
    ['with a block of something else at its end', (bytes) => bytes.slice().fill(7, 16 + 112 + 12), wrong],
    ['that was cut within an entry', (bytes) => bytes.subarray(0, 16 + 112 + 50), /112 more bytes are no whole entries/],
    ['with zeros after it', (bytes) => Uint8Array.of(...bytes, ...new Uint8Array(4_096)), /checksums end there|outside the window/]
  ])('%s cuts it there, says so, and reads as it was written', async (_, to, reason) => {
    const { storage, change } = await recorded([100, 100])
    await change(segmentAt(durationNs), to)
    const { log, session } = await record(storage, { segmentDurationNs: durationNs })
    const path = segmentAt(durationNs)
    expect(log.damage).toEqual([{ path, offset: expect.any(Number), reason: expect.stringMatching(reason) }])
    await log.append({ timestampNs: 1_002n, payload: payload(2, 10) })
    await session.end()
    const whole = (await storage.size(path))! > 200 ? [1_000n, 1_001n] : [1_000n]
    expect(await readAll(storage)).toEqual({ times: [0n, 1n, ...whole, 1_002n] })
    expect((await openLog(storage, logPath)).damage).toEqual([])
  })

  test('whose checksums are not there goes on with checksums from then on', async () => {
    const { storage, change } = await recorded([100])
    await storage.remove(sumsAt(durationNs))
    const { log, session } = await record(storage, { segmentDurationNs: durationNs })
    expect(log.damage).toEqual([])
    await log.append({ timestampNs: 1_002n, payload: payload(2, 10) })
    await session.end()
    expect(await readAll(storage)).toEqual({ times: [0n, 1_000n, 1_002n] })
    await change(segmentAt(durationNs), (bytes) => bytes.with(-1, 3))
    expect(await readAll(storage)).toMatchObject({ times: [0n, 1_000n], error: format(durationNs, wrong) })
  })

  test('that a writer without checksums has gone on with is read whole', async () => {
    const { storage, change } = await recorded([100])
    await change(segmentAt(durationNs), (bytes) => Uint8Array.of(...bytes, ...bytes.subarray(16)))
    await change(`${logPath}/manifest.json`, (bytes) => {
      const manifest = JSON.parse(Buffer.from(bytes).toString()) as { session_id: string }
      return Buffer.from(JSON.stringify({ ...manifest, session_id: '01AAAAAAAAAAAAAAAAAAAAAAAA' }))
    })
    expect(await readAll(storage)).toEqual({ times: [0n, 1_000n, 1_000n] })
    const { log, session } = await record(storage, { segmentDurationNs: durationNs })
    await log.append({ timestampNs: 1_002n, payload: payload(2, 10) })
    await session.end()
    expect(await readAll(storage)).toEqual({ times: [0n, 1_000n, 1_000n, 1_002n] })
  })
})

describe('without checksums', () => {
  test('4,096 zeros to the end of the file are no entries, fewer are', async () => {
    const { storage, change } = await recorded([100])
    await storage.remove(sumsAt(0n))
    await change(segmentAt(0n), (bytes) => Uint8Array.of(...bytes, ...new Uint8Array(4_080)))
    expect((await readAll(storage)).times).toHaveLength(1 + 340 + 1)
    await change(segmentAt(0n), (bytes) => Uint8Array.of(...bytes, ...new Uint8Array(16)))
    expect(await readAll(storage)).toMatchObject({ times: [0n], error: format(0n, /4096 zeros or more/) })
    expect((await openLog(storage, logPath)).damage).toMatchObject([{ path: segmentAt(0n), offset: 16 + 112 }])
  })

  test('a log that goes on over such an end cuts it and says so', async () => {
    const storage = memoryStorage()
    const { log: first, session } = await record(storage, { segmentDurationNs: durationNs })
    await first.append({ timestampNs: 5n, payload: payload(1) })
    await session.end()
    await storage.remove(sumsAt(0n))
    await storage.write(segmentAt(0n), Uint8Array.of(...(await storage.read(segmentAt(0n)))!, ...new Uint8Array(100_000)))
    const { log } = await record(storage, { segmentDurationNs: durationNs })
    expect(log.damage).toMatchObject([{ offset: 32, reason: expect.stringMatching(/zeros/) }])
    expect(await later(log.read())).toEqual([5n])
    expect(await storage.size(segmentAt(0n))).toBe(32)
  })
})

test('entries of zeros that were written are read, however many', async () => {
  const storage = memoryStorage()
  const { log, session } = await record(storage, { segmentDurationNs: durationNs })
  for (let i = 0; i < 1_000; i++) await log.append({ timestampNs: 0n, payload: new Uint8Array(0) })
  await session.end()
  expect((await readAll(storage)).times).toHaveLength(1_000)
})

test('checksums go to the disk with their segment, and away with it', async () => {
  const storage = memoryStorage()
  const { log } = await record(storage, { segmentDurationNs: 10n, retentionNs: 10n })
  const { create } = storage
  const done: string[] = []
  storage.create = async (path) => {
    const file = await create.call(storage, path)
    for (const operation of ['write', 'writeAll', 'sync'] as const) {
      const whole = file[operation].bind(file) as (given: never) => Promise<void>
      file[operation] = async (given?: unknown) => {
        await whole(given as never)
        done.push(`${operation} ${path.slice(-6)}`)
      }
    }
    return file
  }
  await log.append({ timestampNs: 1n, payload: payload(1) })
  await log.flush()
  expect(done.slice(0, 3)).toEqual(['write 00.sum', 'write 00.sum', 'writeAll 00.seg'])
  expect(done.slice(3).sort()).toEqual(['sync 00.seg', 'sync 00.sum'])
  await log.append({ timestampNs: 31n, payload: payload(1) })
  await log.flush()
  expect(await storage.list(`${logPath}/segments`)).toEqual([segmentAt(30n), sumsAt(30n)])
})
