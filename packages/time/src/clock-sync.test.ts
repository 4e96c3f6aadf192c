import { describe, expect, test } from 'vitest'
import { type ClockSample, ClockSyncState, identityEstimate, offsetAt, TimeError, uncertaintyAt } from './index.ts'

function sample(offsetNs: bigint, uncertaintyNs: bigint, observedAtClockNs: bigint): ClockSample {
  return { offsetNs, uncertaintyNs, observedAtClockNs, roundTripNs: uncertaintyNs, remoteProcessingNs: 0n }
}

const simple = { estimator: 'lowest-uncertainty' } as const

describe.each(['lowest-uncertainty', 'skew'] as const)('observe, %s', (estimator) => {
  test('answers with the estimate as of the sample', () => {
    const state = new ClockSyncState({ estimator })
    state.observe('A', 'ah', 'B', 'bh', sample(7n, 20n, 1000n))
    expect(state.observe('A', 'ah', 'B', 'bh', sample(9n, 30n, 1400n))).toEqual({
      fromClockId: 'A',
      fromClockHash: 'ah',
      toClockId: 'B',
      toClockHash: 'bh',
      offsetNs: 7n,
      uncertaintyNs: 20n,
      observedAtClockNs: 1000n,
      sampleCount: 2,
      ageNs: 400n,
      skewPpb: 0,
      skewUncertaintyPpb: estimator === 'skew' ? 1_100_000 : 0 // two samples know nothing of the rate
    })
  })

  test('another local hash empties the window as another remote one does', () => {
    const state = new ClockSyncState({ estimator })
    state.observe('A', 'ah', 'B', 'bh', sample(1n, 1n, 100n))
    expect(state.observe('A', 'ah2', 'B', 'bh', sample(2n, 9n, 200n))).toMatchObject({ offsetNs: 2n, sampleCount: 1, fromClockHash: 'ah2' })
    expect(state.observe('A', 'ah2', 'B', 'bh2', sample(3n, 10n, 300n))).toMatchObject({ offsetNs: 3n, sampleCount: 1, toClockHash: 'bh2' })
  })

  test('an ignored sample does not even change the hashes', () => {
    const state = new ClockSyncState({ estimator, maxUncertaintyNs: 50n })
    state.observe('A', 'ah', 'B', 'bh', sample(1n, 1n, 100n))
    expect(state.observe('A', 'ah', 'B', 'other', sample(2n, 51n, 200n))).toBeUndefined()
    expect(state.estimate('A', 'B', { nowNs: 200n })).toMatchObject({ offsetNs: 1n, toClockHash: 'bh' })
  })

  test('samples from the future stay', () => {
    const state = new ClockSyncState({ estimator, maxSampleAgeNs: 100n })
    state.observe('A', 'ah', 'B', 'bh', sample(1n, 1n, 5000n))
    expect(state.observe('A', 'ah', 'B', 'bh', sample(2n, 2n, 1000n))).toMatchObject({ offsetNs: 1n, sampleCount: 2, ageNs: 0n })
  })

  test('a window of none takes nothing', () => {
    const state = new ClockSyncState({ estimator, maxSamplesPerPair: 0 })
    expect(state.observe('A', 'ah', 'B', 'bh', sample(1n, 1n, 1n))).toBeUndefined()
    expect(state.estimates({ nowNs: 1n })).toEqual([])
  })

  test('of two samples alike at one instant the later appended counts', () => {
    const state = new ClockSyncState({ estimator })
    state.observe('A', 'ah', 'B', 'bh', sample(1n, 5n, 100n))
    expect(state.observe('A', 'ah', 'B', 'bh', sample(2n, 5n, 100n))).toMatchObject({ offsetNs: 2n })
    expect(state.observe('A', 'ah', 'B', 'bh', sample(3n, 5n, 99n))).toMatchObject({ offsetNs: 2n })
  })

  test('clocks without end cost bounded memory; those that are observed stay', () => {
    const state = new ClockSyncState({ estimator })
    state.observe('A', 'ah', 'silent', 'h', sample(1n, 1n, 0n))
    const honestWindows = new Set<number | undefined>()
    for (let at = 0n; at < 5000n; at++) {
      state.observe('A', 'ah', `hostile-${at}`, 'h', sample(1n, 1n, at))
      const estimate = state.observe('A', 'ah', 'honest', 'h', sample(1n, 1n, at))
      if (at > 300n) honestWindows.add(estimate?.sampleCount)
    }
    expect(state.estimates({ nowNs: 5000n })).toHaveLength(4096)
    expect(honestWindows.size).toBe(1)
    expect(state.estimate('A', 'silent', { nowNs: 5000n })).toBeUndefined()
  })

  const remotes = (state: ClockSyncState) => state.estimates({ nowNs: 9000n }).map(({ toClockId }) => toClockId)

  test('a peer that names ever new clocks displaces its own four only, the longest unobserved first', () => {
    const state = new ClockSyncState({ estimator })
    state.observe('A', 'ah', 'silent/1', 'h', sample(1n, 1n, 0n), { peerId: 'silent', neededId: undefined })
    const ofHostile = { peerId: 'hostile', neededId: undefined }
    for (let at = 0n; at < 5000n; at++) {
      state.observe('A', 'ah', `hostile/${at}`, 'h', sample(1n, 1n, at), ofHostile)
      state.observe('A', 'ah', 'hostile/0', 'h', sample(1n, 1n, at), ofHostile)
    }
    expect(remotes(state)).toEqual(['hostile/0', 'hostile/4997', 'hostile/4998', 'hostile/4999', 'silent/1'])
  })

  test('the clock behind domain time stays, among those of its peer and among all', () => {
    const state = new ClockSyncState({ estimator })
    const neededId = 'manager/1'
    for (let at = 0n; at < 20n; at++)
      state.observe('A', 'ah', `manager/${at + 1n}`, 'h', sample(1n, 1n, at), { peerId: 'manager', neededId })
    expect(remotes(state)).toEqual(['manager/1', 'manager/18', 'manager/19', 'manager/20'])
    for (let at = 0n; at < 5000n; at++) state.observe('A', 'ah', `p${at}/1`, 'h', sample(1n, 1n, at), { peerId: `p${at}`, neededId })
    expect(remotes(state)).toHaveLength(4096)
    expect(remotes(state).filter((id) => id.startsWith('manager'))).toEqual([neededId])
  })
})

describe('the defaults', () => {
  test('lowest-uncertainty: 32 samples, 10 s, 500 ms', () => {
    const state = new ClockSyncState(simple)
    for (let at = 0n; at < 40n; at++) state.observe('A', 'ah', 'B', 'bh', sample(at, 1n, at))
    expect(state.estimate('A', 'B', { nowNs: 40n })).toMatchObject({ sampleCount: 32, offsetNs: 39n })
    expect(state.observe('A', 'ah', 'B', 'bh', sample(1n, 500_000_000n, 10_000_000_039n))).toMatchObject({ sampleCount: 2, offsetNs: 39n })
    expect(state.observe('A', 'ah', 'B', 'bh', sample(1n, 500_000_001n, 10_000_000_039n))).toBeUndefined()
  })

  test('skew, if nothing else is said: 256 samples, 2 min, 5 s: two round trips to the far side of the world, and a full queue', () => {
    const state = new ClockSyncState()
    for (let at = 0n; at < 300n; at++) state.observe('A', 'ah', 'B', 'bh', sample(1n, 50n, at))
    expect(state.estimate('A', 'B', { nowNs: 300n })).toMatchObject({ sampleCount: 256, skewPpb: 0 })
    expect(state.observe('A', 'ah', 'B', 'bh', sample(1n, 5_000_000_000n, 120_000_000_299n))).toMatchObject({ sampleCount: 2 })
    expect(state.observe('A', 'ah', 'B', 'bh', sample(1n, 5_000_000_001n, 120_000_000_299n))).toBeUndefined()
  })
})

describe('estimate', () => {
  const state = new ClockSyncState()
  state.observe('A', 'ah', 'B', 'bh', sample(1n, 1n, 1000n))

  test('ages by the clock it was observed on, and never below zero', () => {
    expect(state.estimate('A', 'B', { nowNs: 10n ** 18n })?.ageNs).toBe(10n ** 18n - 1000n)
    expect(state.estimate('A', 'B', { nowNs: 900n })?.ageNs).toBe(0n)
  })

  test('older than asked for is an error with both ages', () => {
    expect(state.estimate('A', 'B', { nowNs: 1600n, maxAgeNs: 600n })?.ageNs).toBe(600n)
    expect(() => state.estimate('A', 'B', { nowNs: 1601n, maxAgeNs: 600n })).toThrow(TimeError)
    expect(() => state.estimate('A', 'B', { nowNs: 1601n, maxAgeNs: 600n })).toThrow(
      expect.objectContaining({ code: 'stale', details: { ageNs: 601n, maxAgeNs: 600n } })
    )
  })

  test('knows only the pair it was told, in that order', () => {
    expect(state.estimate('B', 'A', { nowNs: 1000n })).toBeUndefined()
    expect(state.estimate('A', 'C', { nowNs: 1000n, maxAgeNs: 0n })).toBeUndefined()
  })

  test('ids can not be confused by what they contain', () => {
    const quoting = new ClockSyncState()
    quoting.observe('A","B', 'ah', 'C', 'ch', sample(1n, 1n, 1000n))
    expect(quoting.estimate('A', 'B","C', { nowNs: 1000n })).toBeUndefined()
  })

  test('reading prunes nothing', () => {
    const old = new ClockSyncState({ maxSampleAgeNs: 10n })
    old.observe('A', 'ah', 'B', 'bh', sample(1n, 1n, 0n))
    old.observe('A', 'ah', 'B', 'bh', sample(1n, 1n, 5n))
    old.estimates({ nowNs: 1_000_000n })
    expect(old.estimate('A', 'B', { nowNs: 1_000_000n })?.sampleCount).toBe(2)
  })
})

test('estimates are sorted by from id, then by to id', () => {
  const state = new ClockSyncState()
  for (const [from, to] of [
    ['b', 'x'],
    ['a', 'z'],
    ['B', 'y'],
    ['a', 'é'],
    ['a', 'y']
  ] as const) {
    state.observe(from, 'h', to, 'h', sample(1n, 1n, 1n))
  }
  const pairs = state.estimates({ nowNs: 1n }).map((estimate) => estimate.fromClockId + estimate.toClockId)
  expect(pairs).toEqual(['By', 'ay', 'az', 'aé', 'bx'])
})

test('a clock against itself is exact', () => {
  expect(identityEstimate({ id: 'A', hash: 'ah' }, 500n)).toEqual({
    fromClockId: 'A',
    fromClockHash: 'ah',
    toClockId: 'A',
    toClockHash: 'ah',
    offsetNs: 0n,
    uncertaintyNs: 0n,
    observedAtClockNs: 500n,
    sampleCount: 0,
    ageNs: 0n,
    skewPpb: 0,
    skewUncertaintyPpb: 0
  })
})

test('the offset of an estimate with skew grows with time, dividing toward zero', () => {
  const estimate = { ...identityEstimate({ id: 'A', hash: 'ah' }, 1_000n), offsetNs: 50n, skewPpb: -20_000 }
  expect(offsetAt(estimate, 1_000n)).toBe(50n)
  expect(offsetAt(estimate, 1_000n + 1_000_000_000n)).toBe(50n - 20_000n)
  expect(offsetAt(estimate, 1_000n + 99_999n)).toBe(50n - 1n)
  expect(offsetAt(estimate, 1_000n - 1_000_000n)).toBe(50n + 20n)
})

test('the uncertainty of an estimate grows both ways from the reading asked about, rounded up', () => {
  const estimate = { ...identityEstimate({ id: 'A', hash: 'ah' }, 1_000n), ageNs: 500n, uncertaintyNs: 70n, skewUncertaintyPpb: 20_000 }
  expect(uncertaintyAt(estimate, 1_500n)).toBe(70n)
  expect(uncertaintyAt(estimate, 1_500n + 1_000_000_000n)).toBe(70n + 20_000n)
  expect(uncertaintyAt(estimate, 1_500n - 1_000_000_000n)).toBe(70n + 20_000n)
  expect(uncertaintyAt(estimate, 1_501n)).toBe(71n)
  expect(uncertaintyAt(identityEstimate({ id: 'A', hash: 'ah' }, 1_000n), 10n ** 18n)).toBe(0n)
})
