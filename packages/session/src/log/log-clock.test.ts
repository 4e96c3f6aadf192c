import { describe, expect, test } from 'vitest'
import { catalogOf } from '../catalog.ts'
import { payload, put, record, seen } from '../testing/recorder.ts'
import { everyStorage } from '../testing/storages.ts'

// The UTC clock of these recordings shows 1 ms.
const nowNs = 1_000_000n
const secondNs = 1_000_000_000n
const tooFar = { name: 'LogError', code: 'too-far-ahead', message: expect.stringContaining('maxAheadNs') }

describe.each(everyStorage)('a timestamp far ahead, in %s', (_, newStorage) => {
  test('is refused and counted, costs nothing of what is there, and keeps nothing from following', async () => {
    const { log } = await record(newStorage(), { head: { kind: 'rolling', retentionNs: 100n } })
    put(log, nowNs - 50n, nowNs)
    const ahead = nowNs + 60n * secondNs + 1n
    expect(() => put(log, ahead)).toThrow(expect.objectContaining(tooFar))
    expect(() => put(log, 2n ** 62n)).toThrow(expect.objectContaining({ ...tooFar, details: expect.objectContaining({ nowNs }) }))
    expect(log.refused).toBe(2)
    put(log, nowNs + 1n)
    await log.flush()
    expect(await seen(log.read())).toEqual([nowNs - 50n, nowNs, nowNs + 1n])
  })

  test('that is allowed makes nothing older than the clock says', async () => {
    const { log } = await record(newStorage(), { head: { kind: 'rolling', retentionNs: 100n } })
    put(log, nowNs - 150n, nowNs - 80n, nowNs - 50n)
    put(log, nowNs + 60n * secondNs)
    await log.flush()
    expect(await seen(log.read())).toEqual([nowNs - 80n, nowNs - 50n, nowNs + 60n * secondNs])
  })
})

test('how far is settable, also within the window of a segment', async () => {
  const { log } = await record(undefined, { segmentDurationNs: 1_000n * secondNs, maxAheadNs: 5n })
  put(log, nowNs, nowNs + 5n)
  expect(() => put(log, nowNs + 6n)).toThrow(expect.objectContaining(tooFar))
  expect(log.refused).toBe(1)
})

test('a played log takes entries of any time, and its retention goes by them', async () => {
  const { log } = await record(undefined, { head: { kind: 'rolling', retentionNs: 100n }, maxAheadNs: 'any' })
  const then = nowNs + 1_000n * secondNs
  put(log, then, then + 200n)
  expect(await seen(log.read())).toEqual([then + 200n])
  expect(log.refused).toBe(0)
})

test('a log on a clock that is not read here takes entries of any time', async () => {
  const { session, peer } = await record()
  const clock = await session.registerClock('theirs', {
    type: 'monotonic_clock',
    unit: 'ns',
    monotonic: true,
    epoch: null,
    scope: 'device-local'
  })
  const frame = peer.registries.list('frame')[0]!
  const sensor = await peer.registerSensor('other', { kind: 'rf', type: 'wifi', frame })
  const log = await session.registerSensorLog({ sensor, clock, head: { kind: 'fixed' } })
  await log.append({ timestampNs: 2n ** 62n, payload: payload(1) })
  expect(log.available.entries).toBe(1n)
  expect(catalogOf(peer, session)).toHaveLength(2)
})
