import { describe, expect, test } from 'vitest'
import {
  type ClockSample,
  ClockSyncState,
  composeDomainEstimate,
  DomainClockEstimateUnavailable,
  type DomainClockReading,
  type DomainClockSource,
  DomainTimeNowError,
  domainClockEstimate,
  domainClockRef,
  domainOffsetAt,
  domainTimeAt,
  domainTimeNow,
  inheritedSource,
  ntpSample,
  ownSource,
  uncertaintyAt
} from './index.ts'

const clusterName = 'vinland'
const clock = { id: 'A/1/monotonic', hash: 'ah' }

function source(peerId: string, session = 1, offsetNs = 0n): DomainClockSource {
  return ownSource({ clusterName, peerId, clock: { id: `${peerId}/${session}/monotonic`, hash: `${peerId}${session}` }, offsetNs })
}

function sample(offsetNs: bigint, uncertaintyNs: bigint, observedAtClockNs: bigint): ClockSample {
  return { offsetNs, uncertaintyNs, observedAtClockNs, roundTripNs: uncertaintyNs, remoteProcessingNs: 0n }
}

function reading(overrides: Partial<DomainClockReading> = {}): DomainClockReading {
  const sync = new ClockSyncState({ estimator: 'lowest-uncertainty' })
  sync.observe(clock.id, clock.hash, 'M/1/monotonic', 'M1', sample(1_000_000n, 80n, 500n))
  return { clusterName, clock, sync, source: source('M', 1, 250n), nowNs: 10_000n, ...overrides }
}

describe('domainClockEstimate', () => {
  test('goes over the backing clock', () => {
    const { id, hash } = domainClockRef(clusterName)
    expect(domainClockEstimate(reading())).toEqual({
      clusterName,
      localClockId: clock.id,
      localClockHash: clock.hash,
      domainClockId: id,
      domainClockHash: hash,
      backingPeerId: 'M',
      backingClockId: 'M/1/monotonic',
      backingClockHash: 'M1',
      peerToBackingOffsetNs: 1_000_000n,
      backingToDomainOffsetNs: 250n,
      totalOffsetNs: 1_000_250n,
      uncertaintyNs: 80n,
      observedAtClockNs: 500n,
      ageNs: 9_500n,
      skewPpb: 0,
      skewUncertaintyPpb: 0
    })
  })

  test('is exact where our own clock backs the domain clock', () => {
    const own = ownSource({ clusterName, peerId: 'A', clock, offsetNs: -7n, uncertaintyNs: 40n })
    expect(domainClockEstimate(reading({ source: own, maxAgeNs: 0n }))).toMatchObject({
      totalOffsetNs: -7n,
      uncertaintyNs: 40n,
      observedAtClockNs: 10_000n,
      ageNs: 0n
    })
  })

  test('our clock id under another hash is another clock', () => {
    const impostor = ownSource({ clusterName, peerId: 'A', clock: { ...clock, hash: 'other' } })
    expect(() => domainClockEstimate(reading({ source: impostor }))).toThrow(
      expect.objectContaining({
        code: 'backing-estimate-unavailable',
        details: { localClockId: clock.id, backingClockId: clock.id }
      })
    )
  })

  test('with skew, the offset is that of the reading, and goes on from there', () => {
    const observed = new ClockSyncState().observe(clock.id, clock.hash, 'M/1/monotonic', 'M1', sample(1_000n, 1n, 0n))!
    const skewed = { ...observed, ageNs: 1_000_000_000n, uncertaintyNs: 5n, skewPpb: 100_000, skewUncertaintyPpb: 300 }
    const estimate = domainClockEstimate(reading({ sync: { estimate: () => skewed }, nowNs: 1_000_000_000n }))
    expect(estimate).toMatchObject({ peerToBackingOffsetNs: 101_000n, totalOffsetNs: 101_250n, uncertaintyNs: 5n, skewPpb: 100_000 })
    expect(domainOffsetAt(estimate, 2_000_000_000n)).toBe(201_250n)
    expect(domainTimeAt(estimate, 0n)).toBe(1_250n)
    expect(uncertaintyAt(estimate, 3_000_000_000n)).toBe(605n)
  })

  test.each<[string, Partial<DomainClockReading>, object]>([
    ['source-unavailable', { source: undefined }, { clusterName }],
    ['backing-estimate-unavailable', { sync: new ClockSyncState() }, { localClockId: clock.id, backingClockId: 'M/1/monotonic' }],
    ['invalid-source', { source: { ...source('M'), backingClockHash: 'other' } }, { error: 'backing-clock-hash-mismatch' }],
    ['invalid-source', { source: source('M', 1, 2n ** 63n - 1n) }, { error: 'total-offset-out-of-range' }],
    ['stale', { maxAgeNs: 9_499n }, { ageNs: 9_500n, maxAgeNs: 9_499n }]
  ])('%s says why (%#)', (code, overrides, details) => {
    expect(() => domainClockEstimate(reading(overrides))).toThrow(DomainClockEstimateUnavailable)
    expect(() => domainClockEstimate(reading(overrides))).toThrow(expect.objectContaining({ code, details }))
    expect(() => domainTimeNow(reading(overrides))).toThrow(DomainTimeNowError)
    expect(() => domainTimeNow(reading(overrides))).toThrow(
      expect.objectContaining({ code: 'unavailable', details: { reason: code }, cause: expect.objectContaining({ code, details }) })
    )
  })

  test('an age at the limit is young enough', () => {
    expect(domainClockEstimate(reading({ maxAgeNs: 9_500n })).ageNs).toBe(9_500n)
  })
})

describe('composeDomainEstimate', () => {
  const estimate = domainClockEstimate(reading())
  const backing = reading().sync.estimate(clock.id, 'M/1/monotonic', { nowNs: 500n })!

  test('uncertainties add up within u64', () => {
    const costly = { ...source('M'), backingToDomainUncertaintyNs: 2n ** 64n - 1n - 80n }
    expect(composeDomainEstimate(backing, costly).uncertaintyNs).toBe(2n ** 64n - 1n)
    const tooCostly = { ...source('M'), backingToDomainUncertaintyNs: 2n ** 64n - 80n }
    expect(() => composeDomainEstimate(backing, tooCostly)).toThrow(expect.objectContaining({ code: 'total-offset-out-of-range' }))
  })

  test('a source without an uncertainty adds none', () => {
    const { backingToDomainUncertaintyNs: _, ...bare } = source('M', 1, 250n)
    expect(composeDomainEstimate(backing, bare).uncertaintyNs).toBe(80n)
  })

  test('domain time is the reading plus the total offset, within i64', () => {
    expect(domainTimeAt(estimate, 10_000n)).toBe(1_010_250n)
    expect(domainTimeNow(reading())).toBe(1_010_250n)
    expect(domainTimeAt(estimate, 2n ** 63n - 1n - 1_000_250n)).toBe(2n ** 63n - 1n)
    expect(() => domainTimeAt(estimate, 2n ** 63n - 1_000_250n)).toThrow(
      expect.objectContaining({ code: 'conversion-out-of-range', details: { sessionNowNs: 2n ** 63n - 1_000_250n, offsetNs: 1_000_250n } })
    )
  })
})

test('ten handovers keep domain time, and their uncertainty adds up', () => {
  let advertised = source('M0', 1, 250n)
  const domainOfM0 = (ns: bigint) => ns + 250n
  for (let n = 1; n <= 10; n++) {
    // The clock of every peer is 1000 ns behind its predecessor's, measured exactly but trusted only to 80 ns.
    const own = { id: `M${n}/1/monotonic`, hash: `M${n}1` }
    const sync = new ClockSyncState({ estimator: 'lowest-uncertainty' })
    sync.observe(own.id, own.hash, advertised.backingClockId, advertised.backingClockHash, sample(1_000n, 80n, 500n))
    const estimate = domainClockEstimate({ clusterName, source: advertised, clock: own, nowNs: 600n, sync })
    const inherited = inheritedSource(estimate, `M${n}`)
    expect(inherited).toMatchObject({ backingPeerId: `M${n}`, backingClockId: own.id, backingClockHash: own.hash })
    expect(inherited.backingToDomainUncertaintyNs).toBe(BigInt(n) * 80n)
    const own0 = 5_000n - BigInt(n) * 1_000n // what this peer's clock reads when that of M0 reads 5000
    expect(own0 + inherited.backingToDomainOffsetNs).toBe(domainOfM0(5_000n))
    advertised = inherited
  }
})

describe('a handover between clocks that run differently', () => {
  const ms = 1_000_000
  /** ns per ns of true time; each clock reads 0 when the cluster starts. */
  const rates: Record<string, number> = { M: 1 - 80e-6, heir: 1 + 60e-6, other: 1 + 10e-6 }
  const clockOf = (peer: string) => ({ id: `${peer}/1/monotonic`, hash: `${peer}1` })
  const read = (peer: string, trueMs: number) => BigInt(Math.round(trueMs * ms * rates[peer]!))

  /** Heartbeats of `local` with `remote` until a true time, 3 ms there and 1 ms back, and queues. */
  function heartbeats(sync: ClockSyncState, local: string, remote: string, fromMs: number, toMs: number): void {
    for (let at = fromMs, n = 0; at < toMs; at += 500.123, n++) {
      const [received, answered] = [at + 3 + ((n * 7) % 5), at + 250]
      const sample = ntpSample(read(local, at), read(remote, received), read(remote, answered), read(local, answered + 1 + ((n * 3) % 7)))
      sync.observe(clockOf(local).id, clockOf(local).hash, clockOf(remote).id, clockOf(remote).hash, sample)
    }
  }

  function domainAt(peer: string, sync: ClockSyncState, told: DomainClockSource, trueMs: number) {
    const nowNs = read(peer, trueMs)
    const estimate = domainClockEstimate({ clusterName, source: told, clock: clockOf(peer), nowNs, sync })
    return { estimate, timeNs: domainTimeAt(estimate, nowNs) }
  }

  test.each([0, 5_000])('no survivor sees a step greater than stated, %s ms after the last heartbeat', (silenceMs) => {
    const [heir, other] = [new ClockSyncState(), new ClockSyncState()]
    for (const [peer, sync] of [
      ['heir', heir],
      ['other', other]
    ] as const)
      heartbeats(sync, peer, 'M', 0, 30_000)
    heartbeats(other, 'other', 'heir', 20_000, 30_000 + silenceMs)
    const at = 30_300 + silenceMs
    const first = ownSource({ clusterName, peerId: 'M', clock: clockOf('M') })
    const before = domainAt('other', other, first, at)
    const promoted = domainAt('heir', heir, first, at)
    const source = inheritedSource(promoted.estimate, 'heir')
    const after = domainAt('other', other, source, at)

    const step = (a: bigint, b: bigint) => Number(a > b ? a - b : b - a)
    expect(step(promoted.timeNs, read('M', at))).toBeLessThan(Number(promoted.estimate.uncertaintyNs))
    expect(step(before.timeNs, after.timeNs)).toBeLessThan(Number(before.estimate.uncertaintyNs + after.estimate.uncertaintyNs))
    expect(source.backingToDomainUncertaintyNs).toBe(promoted.estimate.uncertaintyNs)
    expect(after.estimate.uncertaintyNs).toBeGreaterThan(promoted.estimate.uncertaintyNs)
  })
})
