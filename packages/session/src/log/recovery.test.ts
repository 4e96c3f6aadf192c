import { memoryStorage, type Storage } from '@auki/registry'
import { describe, expect, test } from 'vitest'
import { payloadBytesMax } from '../settings.ts'
import { logPath, payload, put, record, seen, segmentAt, segmentsIn } from '../testing/recorder.ts'
import { everyStorage } from '../testing/storages.ts'
import { encodeSegmentHeader } from './aklg.ts'
import { openLog } from './open-log.ts'

/** A recording with the segments 0 and 10, on storage of its own; `change` what is in one of them. */
async function recorded(storage: Storage = memoryStorage()) {
  const { log, session } = await record(storage)
  put(log, 1n, 5n, 3n, 11n, 12n)
  await log.append({ timestampNs: 12n, payload: payload(0, 0) })
  await log.append({ timestampNs: 19n, payload: payload(1, 7) })
  await session.end()
  const change = async (startNs: bigint, to: (bytes: Uint8Array<ArrayBuffer>) => Uint8Array | undefined) => {
    const bytes = new Uint8Array((await storage.read(segmentAt(startNs)))!)
    await storage.write(segmentAt(startNs), to(bytes) ?? bytes)
  }
  return { storage, change }
}

async function timesIn(storage: Storage, from = 0n): Promise<bigint[]> {
  const times: bigint[] = []
  for await (const { timestampNs } of (await openLog(storage, logPath)).read({ from: { fromTimestamp: from } })) times.push(timestampNs)
  return times
}

const newestBytes = 16 + 16 + 16 + 12 + 19
/** Of the newest segment, where its entries end. */
const ends = [32, 48, 60, newestBytes]
const newestTimes = [11n, 12n, 12n, 19n]

describe.each(everyStorage)('a writer that died, in %s', (_, newStorage) => {
  const dieAt = async (cut: number) => {
    const { storage, change } = await recorded(newStorage())
    await change(10n, (bytes) => bytes.subarray(0, cut))
    const whole = [1n, 5n, 3n, ...newestTimes.slice(0, ends.filter((end) => end <= cut).length)]
    expect(await timesIn(storage), `read after a cut at ${cut}`).toEqual(whole)
    const { log, session } = await record(storage)
    expect(log.available.entries).toBe(BigInt(whole.length))
    const first = cut < 16 ? 2n : 10n
    put(log, first, 25n)
    expect(await read(log)).toEqual([...whole, first, 25n])
    await session.end()
    expect(await timesIn(storage), `read after going on from ${cut}`).toEqual([...whole, first, 25n])
    expect(await segmentsIn(storage)).toEqual(cut < 16 ? [0n, 20n] : [0n, 10n, 20n])
  }

  test('at any byte of the newest segment costs what was not whole, and the log goes on', async () => {
    await Promise.all(Array.from({ length: newestBytes }, (_, cut) => dieAt(cut)))
  })
})

async function read(log: { read(): AsyncIterable<{ timestampNs: bigint }> }): Promise<bigint[]> {
  const times: bigint[] = []
  for await (const { timestampNs } of log.read()) times.push(timestampNs)
  return times
}

describe('an older segment', () => {
  test('that was cut ends there, and the next one follows', async () => {
    for (let cut = 16; cut < 64; cut++) {
      const { storage, change } = await recorded()
      await change(0n, (bytes) => bytes.subarray(0, cut))
      expect(await timesIn(storage), `cut at ${cut}`).toEqual([...[1n, 5n, 3n].slice(0, Math.floor(cut / 16) - 1), ...newestTimes])
    }
  })

  test.each<[string, number, (bytes: Uint8Array) => Uint8Array | undefined]>([
    ['without a whole header', 0, (bytes) => bytes.subarray(0, 15)],
    ['with nothing in it', 0, (bytes) => bytes.subarray(0, 0)],
    ['of another kind', 0, (bytes) => bytes.fill(0x4d, 3, 4)],
    ['of another version', 0, (bytes) => bytes.fill(2, 4, 5)],
    ['with a timestamp after its window', 32, (bytes) => bytes.fill(10, 32, 33)],
    ['with a timestamp before its window', 32, (bytes) => bytes.fill(0xff, 39, 40)],
    ['with a length that no payload has', 32, (bytes) => bytes.fill(0xff, 43, 44)]
  ])('%s can be read up to there, and from the next one on', async (_, offset, to) => {
    const { storage, change } = await recorded()
    await change(0n, to)
    const failure = { name: 'LogError', code: 'format', details: { path: segmentAt(0n), offset } }
    const times: bigint[] = []
    const reading = (async () => {
      for await (const { timestampNs } of (await openLog(storage, logPath)).read()) times.push(timestampNs)
    })()
    await expect(reading).rejects.toMatchObject(failure)
    expect(times).toEqual(offset === 0 ? [] : [1n])
    expect(await timesIn(storage, 10n)).toEqual(newestTimes)
    const { log } = await record(storage)
    put(log, 13n)
    expect(log.available.entries).toBe(offset === 0 ? 5n : 6n)
    await expect(read(log)).rejects.toMatchObject(failure)
  })
})

describe('the newest segment', () => {
  test.each<[string, (bytes: Uint8Array) => Uint8Array]>([
    ['of another kind', (bytes) => bytes.fill(0x4d, 3, 4)],
    ['of another version', (bytes) => bytes.fill(2, 4, 5)]
  ])('%s is not touched, and the log not registered', async (_, to) => {
    const { storage, change } = await recorded()
    await change(10n, to)
    const files = async () => Promise.all((await storage.list('logs')).map((path) => storage.read(path)))
    const before = await files()
    const registering = record(storage)
    await expect(registering).rejects.toMatchObject({ name: 'SessionError', code: 'log', cause: { code: 'format' } })
    expect(await files()).toEqual(before)
  })

  test.each<[string, (bytes: Uint8Array) => Uint8Array]>([
    ['a timestamp of another window', (bytes) => bytes.fill(9, 32, 33)],
    ['a length that no payload has', (bytes) => bytes.fill(0xff, 43, 44)],
    ['a length that leads past the end', (bytes) => bytes.fill(1, 41, 42)],
    ['nothing but zeros, as after a power failure', (bytes) => bytes.fill(0, 32)]
  ])('is cut where it has %s', async (_, to) => {
    const { storage, change } = await recorded()
    await change(10n, to)
    const { log, session } = await record(storage)
    put(log, 14n)
    expect(await seen(log.read())).toEqual([1n, 5n, 3n, 11n, 14n])
    await session.end()
    expect(await seen((await openLog(storage, logPath)).read())).toEqual([1n, 5n, 3n, 11n, 14n])
  })

  test('without a whole header is removed, and the one before it cut', async () => {
    const { storage, change } = await recorded()
    await storage.write(segmentAt(20n), new Uint8Array(15))
    await storage.write(segmentAt(30n), new Uint8Array(0))
    await change(10n, (bytes) => bytes.subarray(0, 47))
    const { log } = await record(storage)
    expect(await segmentsIn(storage)).toEqual([0n, 10n])
    expect(await storage.size(segmentAt(10n))).toBe(32)
    put(log, 13n)
    expect(await seen(log.read())).toEqual([1n, 5n, 3n, 11n, 13n])
  })

  test('that ends whole is not written to', async () => {
    const { storage } = await recorded()
    const { openAt } = storage
    const opened: string[] = []
    storage.openAt = (path, length) => {
      if (path.endsWith('.seg')) opened.push(path)
      return openAt.call(storage, path, length)
    }
    const { log } = await record(storage)
    expect(opened).toEqual([])
    put(log, 19n)
    await log.flush()
    expect(opened).toEqual([segmentAt(10n)])
  })
})

describe('what the names say', () => {
  test('rules, not the headers; other files are left alone', async () => {
    const { storage, change } = await recorded()
    await change(0n, (bytes) => bytes.fill(0x55, 8, 16))
    for (const name of ['x.seg', '-1.seg', '1.seg.bak', '0x10.seg', 'notes.txt'])
      await storage.write(`${logPath}/segments/${name}`, payload(1))
    await storage.write(`${logPath}/log_manifest.json`, payload(1))
    expect(await timesIn(storage)).toEqual([1n, 5n, 3n, ...newestTimes])
  })

  test('is a number, whatever its length', async () => {
    const { storage } = await recorded()
    const entry = (ns: number) => [ns, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0]
    await storage.write(`${logPath}/segments/20.seg`, Uint8Array.of(...encodeSegmentHeader(20n), ...entry(25)))
    await storage.write(`${logPath}/segments/000000000000000000000000100.seg`, Uint8Array.of(...encodeSegmentHeader(0n), ...entry(101)))
    expect(await timesIn(storage)).toEqual([1n, 5n, 3n, ...newestTimes, 25n, 101n])
  })
})

test('a length just over the largest payload is damage, also when the file is long enough', async () => {
  const { storage, change } = await recorded()
  await change(0n, (bytes) => {
    const long = new Uint8Array(16 + 12 + payloadBytesMax + 100)
    long.set(bytes.subarray(0, 16))
    new DataView(long.buffer).setUint32(24, payloadBytesMax + 1, true)
    return long
  })
  await expect(timesIn(storage)).rejects.toMatchObject({ code: 'format', details: { offset: 16 } })
})
