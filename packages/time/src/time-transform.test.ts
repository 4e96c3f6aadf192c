import { describe, expect, test } from 'vitest'
import { isDiscontinuity, offsetByLog, type TimeTransformEntry, timeTransformSample } from './index.ts'

const i64Max = 2n ** 63n - 1n
const entry = (timestampNs: bigint, offsetNs: bigint, uncertaintyNs = 1): TimeTransformEntry => ({ timestampNs, offsetNs, uncertaintyNs })

describe('timeTransformSample', () => {
  test('takes the middle of the two reads', () => {
    expect(timeTransformSample(1733836800123456788n, 5n, 1733836800123456791n)).toEqual({
      timestampNs: 1733836800123456789n,
      offsetNs: 5n - 1733836800123456789n,
      uncertaintyNs: 3
    })
  })

  test('saturates: the offset at i64, the uncertainty at u32', () => {
    expect(timeTransformSample(-10n, i64Max, -10n).offsetNs).toBe(i64Max)
    expect(timeTransformSample(10n, -i64Max, 10n).offsetNs).toBe(-(2n ** 63n))
    expect(timeTransformSample(0n, 0n, 2n ** 32n - 1n).uncertaintyNs).toBe(4294967295)
    expect(timeTransformSample(0n, 0n, 2n ** 32n).uncertaintyNs).toBe(4294967295)
  })
})

describe('a jump of the offset', () => {
  test('is 10 ms or more, either way, unless told otherwise', () => {
    expect(isDiscontinuity(entry(0n, 5n), entry(1n, 10_000_005n))).toBe(true)
    expect(isDiscontinuity(entry(0n, 5n), entry(1n, 10_000_004n))).toBe(false)
    expect(isDiscontinuity(entry(0n, 5n), entry(1n, -9_999_995n))).toBe(true)
    expect(isDiscontinuity(entry(0n, 5n), entry(1n, 15n), 10n)).toBe(true)
    expect(isDiscontinuity(entry(0n, 5n), entry(1n, 14n), 10n)).toBe(false)
  })
})

describe('offsetByLog', () => {
  const log = [entry(1000n, 10n, 7), entry(2000n, 0n, 3), entry(3000n, 30n, 9)]

  test('an empty log says nothing', () => {
    expect(offsetByLog([], 5n, 'forward')).toBeUndefined()
    expect(offsetByLog([], 5n, 'backward')).toBeUndefined()
  })

  test('interpolates toward zero of the change, and takes the greater uncertainty', () => {
    expect(offsetByLog(log, 1150n, 'forward')).toEqual({ offsetNs: 9n, uncertaintyNs: 7n, ageNs: 0n }) // 10 - 1.5
    expect(offsetByLog(log, 2150n, 'forward')).toEqual({ offsetNs: 4n, uncertaintyNs: 9n, ageNs: 0n }) // 0 + 4.5
  })

  test('an entry speaks for itself alone', () => {
    expect(offsetByLog(log, 2000n, 'forward')).toEqual({ offsetNs: 0n, uncertaintyNs: 3n, ageNs: 0n })
    expect(offsetByLog(log, 3030n, 'backward')).toEqual({ offsetNs: -30n, uncertaintyNs: 9n, ageNs: 0n })
  })

  test('holds the ends backward too, with the distance on the clock asked about', () => {
    expect(offsetByLog(log, 900n, 'backward')).toEqual({ offsetNs: -10n, uncertaintyNs: 7n, ageNs: 110n })
    expect(offsetByLog(log, 4000n, 'backward')).toEqual({ offsetNs: -30n, uncertaintyNs: 9n, ageNs: 970n })
  })

  test('holds the earlier side of a jump of the given size', () => {
    expect(offsetByLog(log, 1500n, 'forward', 10n)).toEqual({ offsetNs: 10n, uncertaintyNs: 7n, ageNs: 500n })
    expect(offsetByLog(log, 1500n, 'forward', 11n)).toEqual({ offsetNs: 5n, uncertaintyNs: 7n, ageNs: 0n })
    expect(offsetByLog(log, 1510n, 'backward', 10n)).toEqual({ offsetNs: -10n, uncertaintyNs: 7n, ageNs: 500n })
  })

  test('backward over a to clock that jumped back, the last entry not later counts', () => {
    const jumped = [entry(1000n, 100_000_000n), entry(2000n, 100_000_000n), entry(3000n, 0n), entry(4000n, 0n)]
    expect(offsetByLog(jumped, 3500n, 'backward')).toMatchObject({ offsetNs: 0n, ageNs: 0n })
    // 100_001_500 is after every entry once the clock had jumped back: the last one holds.
    expect(offsetByLog(jumped, 100_001_500n, 'backward')).toMatchObject({ offsetNs: 0n, ageNs: 99_997_500n })
  })

  test('of entries with one timestamp the last counts', () => {
    const doubled = [entry(1000n, 1n), entry(1000n, 5n), entry(2000n, 15n)]
    expect(offsetByLog(doubled, 1000n, 'forward')?.offsetNs).toBe(5n)
    expect(offsetByLog(doubled, 1500n, 'forward')?.offsetNs).toBe(10n)
  })

  test('is exact beyond 2^53', () => {
    const long = [entry(1733836800000000001n, 3n), entry(1733836802000000001n, 2_000_003n)]
    expect(offsetByLog(long, 1733836801000000001n, 'forward')?.offsetNs).toBe(1_000_003n)
  })
})
