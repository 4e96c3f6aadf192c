import { ManualClock } from '@auki/canonical/testing'
import { memoryStorage, type Storage } from '@auki/registry'
import { describe, expect, onTestFinished, test } from 'vitest'
import { catalogOf, logDirectory, openLog, Peer, sampleTimeTransform } from './index.ts'
import { transformHistoryMax } from './settings.ts'
import { faultyStorage } from './testing/faulty-storage.ts'

const ms = (n: number): bigint => BigInt(Math.round(n * 1e6))
const unixNs = 1_700_000_000_000_000_000n

async function setUp(storage: Storage = memoryStorage()) {
  const clock = new ManualClock({ monoMs: 0, wallNs: unixNs })
  const clockSource = { resolutionNs: 1n, monotonicNs: () => ms(clock.monoMs()), utcNs: () => clock.wallNs() }
  const peer = new Peer({ peerId: 'p', appId: 'test', storage, clockSource, timer: clock, random: () => 0.5 })
  const session = await peer.startSession()
  onTestFinished(() => session.end())
  const { monotonicClock: fromClock, utcClock: toClock } = session
  const source = { kind: 'local_clock_read' } as const
  const log = await session.registerTimeTransformLog({ fromClock, toClock, source, head: { kind: 'fixed' } })
  const timestampsMs = async () => {
    const list: number[] = []
    for await (const { timestampNs } of log.read()) list.push(Number(timestampNs) / 1e6)
    return list
  }
  return { clock, clockSource, peer, session, log, storage, timestampsMs }
}

test('records both clocks at once and then every second, in a real log that the catalog lists', async () => {
  const { clock, peer, session, log, storage, timestampsMs } = await setUp()
  const sampling = sampleTimeTransform(log)
  clock.advance(2_500)
  expect(await timestampsMs()).toEqual([0, 1_000, 2_000])
  await sampling[Symbol.asyncDispose]()
  clock.advance(5_000)
  expect(await timestampsMs()).toHaveLength(3)
  expect(catalogOf(peer, session)).toMatchObject([{ variant: 'time_transform_log', available: { entries: 3n } }])
  await session.end()
  const recorded = await openLog(storage, logDirectory(log.logRef))
  for await (const { payload } of recorded.read()) expect(payload).toMatchObject({ offsetNs: unixNs, uncertaintyNs: 0 })
})

test('keeps to its grid: a sample that is late is skipped, not caught up, and the next is on time', async () => {
  const { clock, log, timestampsMs } = await setUp()
  await using _sampling = sampleTimeTransform(log, { periodMs: 100 })
  clock.advance(100)
  clock.stall(350)
  clock.advance(150)
  expect(await timestampsMs()).toEqual([0, 100, 450, 500, 600])
})

test('a timer that rings early is no tick', async () => {
  const { clock, log, timestampsMs } = await setUp()
  clock.after = (delayMs, run) => ManualClock.prototype.after.call(clock, Math.max(delayMs - 1, 0), run)
  await using _sampling = sampleTimeTransform(log, { periodMs: 10 })
  clock.after = ManualClock.prototype.after.bind(clock)
  clock.advance(20)
  expect(await timestampsMs()).toEqual([0, 10, 20])
})

test('an interruption between the reads shows in the uncertainty', async () => {
  const { clock, clockSource, log } = await setUp()
  clockSource.utcNs = () => {
    clock.advance(3)
    return clock.wallNs()
  }
  await using _sampling = sampleTimeTransform(log)
  for await (const { timestampNs, payload } of log.read()) {
    expect({ timestampNs, ...payload }).toMatchObject({ timestampNs: ms(1.5), uncertaintyNs: 3_000_000, offsetNs: unixNs + ms(1.5) })
  }
  expect(log.available.entries).toBe(1n)
})

test('only a log of the session from its monotonic to its UTC clock can be sampled', async () => {
  const { session, log } = await setUp()
  const other = await session.registerClock('p/other', {
    ...{ type: 'monotonic_clock', unit: 'ns', monotonic: true, epoch: null, scope: 'device-local' }
  })
  const source = { kind: 'local_clock_read' } as const
  const foreign = await session.registerTimeTransformLog({ fromClock: other, toClock: session.utcClock, source, head: { kind: 'fixed' } })
  expect(() => sampleTimeTransform(foreign)).toThrow(expect.objectContaining({ name: 'LogError', code: 'manifest' }))
  expect(() => sampleTimeTransform({ ...log, manifest: log.manifest })).toThrow(expect.objectContaining({ code: 'manifest' }))
  expect(() => sampleTimeTransform(log, { periodMs: 0 })).toThrow(RangeError)
  expect(() => sampleTimeTransform(log, { periodMs: Number.NaN })).toThrow(RangeError)
})

test('a disk that fails is reported with every sample; a sealed log ends the sampling', async () => {
  const { storage, breakDown } = faultyStorage()
  const { clock, log } = await setUp(storage)
  const failures: unknown[] = []
  const sampling = sampleTimeTransform(log, { onFailure: (error) => failures.push(error) })
  breakDown('writeAll')
  await expect(log.flush()).rejects.toMatchObject({ code: 'io' })
  clock.advance(2_000)
  expect(failures).toMatchObject([{ code: 'io' }, { code: 'io' }])
  await log.seal().catch(() => {})
  clock.advance(5_000)
  expect(failures).toHaveLength(2)
  await expect(sampling[Symbol.asyncDispose]()).rejects.toMatchObject({ code: 'io' })
})

test('what a session has recorded converts between its clocks: wall clock steps are no drift', async () => {
  const { clock, session, log } = await setUp()
  const { monotonicClock: own, utcClock: utc } = session
  expect(() => session.convertTime(own, utc, 0n)).toThrow(expect.objectContaining({ name: 'ConvertTimeError', code: 'no-path' }))
  await using _sampling = sampleTimeTransform(log)
  clock.advance(1_500)
  clock.jumpWall(60_000)
  clock.advance(1_500)
  expect(session.convertTime(own, utc, ms(1_400))).toMatchObject({ timeNs: unixNs + ms(1_400), ageNs: ms(400), path: [{ kind: 'log' }] })
  expect(session.convertTime(own, utc, ms(2_100)).timeNs).toBe(unixNs + ms(62_100))
  expect(session.convertTime(utc, own, unixNs + ms(62_100)).timeNs).toBe(ms(2_100))
  expect(() => session.convertTime(own, utc, ms(9_000), { maxAgeNs: ms(1_000) })).toThrow(expect.objectContaining({ code: 'stale' }))
  expect(() => session.convertTime({ ...own, hash: 'other' }, utc, 0n)).toThrow(expect.objectContaining({ code: 'no-path' }))
})

test('what is appended out of order is sorted, what is no entry left out, and only the newest are kept', async () => {
  const { session, log } = await setUp()
  const { monotonicClock: own, utcClock: utc } = session
  const put = (timestampNs: bigint, offsetNs: bigint) => void log.append({ timestampNs, payload: { offsetNs, uncertaintyNs: 0 } })
  put(20n, 1_000n)
  put(10n, 500n)
  void log.append({ timestampNs: 15n, payload: Uint8Array.of(0xff, 0xff) })
  expect(session.convertTime(own, utc, 15n)).toMatchObject({ offsetNs: 750n, ageNs: 0n })
  for (let n = 0; n < transformHistoryMax - 1; n++) put(100n + BigInt(n), 7n)
  expect(session.convertTime(own, utc, 10n)).toMatchObject({ offsetNs: 1_000n, ageNs: 10n })
})

describe('a log between two UTC clocks, which goes on in the next session', () => {
  const body = { type: 'utc_clock', unit: 'ns', monotonic: false, epoch: '1970-01-01T00:00:00Z', scope: 'global' } as const
  const source = { kind: 'local_clock_read' } as const
  async function open(storage: Storage) {
    const session = await new Peer({ peerId: 'p', appId: 'demo', storage }).startSession()
    const [fromClock, toClock] = [await session.registerClock('p/gps', body), await session.registerClock('p/ntp', body)]
    const log = await session.registerTimeTransformLog({ fromClock, toClock, source, head: { kind: 'fixed' } })
    return { session, fromClock, toClock, log }
  }

  test('is read back: what was appended before converts, too', async () => {
    const storage = memoryStorage()
    const { session, log } = await open(storage)
    for (const [timestampNs, offsetNs] of [
      [100n, 10n],
      [200n, 30n]
    ] as const) {
      void log.append({ timestampNs, payload: { offsetNs, uncertaintyNs: 3 } })
    }
    void log.append({ timestampNs: 250n, payload: Uint8Array.of(0xff, 0xff) })
    await session.end()
    const next = await open(storage)
    expect(next.session.convertTime(next.fromClock, next.toClock, 150n)).toMatchObject({ offsetNs: 20n, uncertaintyNs: 3n, ageNs: 0n })
    void next.log.append({ timestampNs: 300n, payload: { offsetNs: 50n, uncertaintyNs: 4 } })
    expect(next.session.convertTime(next.fromClock, next.toClock, 250n)).toMatchObject({ offsetNs: 40n, uncertaintyNs: 4n })
    await next.session.end()
  })
})
