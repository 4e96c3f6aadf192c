import { afterEach, describe, expect, test, vi } from 'vitest'
import { measuredStepNs } from './clock-source.ts'
import { type ClockSource, milliseconds, SessionClock, seconds, systemClockSource } from './index.ts'

afterEach(() => {
  vi.unstubAllGlobals()
})

function scripted(...readings: bigint[]): ClockSource {
  return { resolutionNs: 5n, monotonicNs: () => readings.shift()!, utcNs: () => 1733836800123456789n }
}

describe('SessionClock', () => {
  test('counts from its making, beyond 2^53 too', () => {
    const start = 2n ** 62n + 1n
    const clock = new SessionClock({ id: 'p/s/monotonic', hash: 'h', source: scripted(start, start, start + 3n, start + 2n ** 60n + 1n) })
    expect([clock.nowNs(), clock.nowNs(), clock.nowNs()]).toEqual([0n, 3n, 2n ** 60n + 1n])
    expect(clock).toMatchObject({ id: 'p/s/monotonic', hash: 'h', resolutionNs: 5n })
    expect(clock.utcNowNs()).toBe(1733836800123456789n)
  })

  test('never goes back, not even below zero', () => {
    const clock = new SessionClock({ id: 'c', hash: 'h', source: scripted(100n, 90n, 150n, 120n, 160n) })
    expect([clock.nowNs(), clock.nowNs(), clock.nowNs(), clock.nowNs()]).toEqual([0n, 50n, 50n, 60n])
  })

  test('reads the clocks of the machine by default', () => {
    const clock = new SessionClock({ id: 'c', hash: 'h' })
    const first = clock.nowNs()
    const second = clock.nowNs()
    expect(first >= 0n && second >= first).toBe(true)
    expect(typeof clock.utcNowNs()).toBe('bigint')
    expect(clock.resolutionNs).toBe(1n)
  })
})

describe('systemClockSource', () => {
  test('takes process.hrtime where there is one', () => {
    vi.stubGlobal('process', { hrtime: { bigint: () => 1733836800123456789n } })
    expect(systemClockSource().monotonicNs()).toBe(1733836800123456789n)
    expect(systemClockSource().resolutionNs).toBe(1n)
  })

  test.each([undefined, {}, { hrtime: () => [0, 0] }])('takes performance.now() in browsers, with its measured step (%#)', (process) => {
    let reads = 0
    vi.stubGlobal('process', process)
    vi.stubGlobal('performance', { now: () => Math.floor(reads++ / 10) * 0.1 })
    const source = systemClockSource()
    expect(source.resolutionNs).toBe(100_000n)
    expect(source.monotonicNs() % 100_000n).toBe(0n)
  })

  test('keeps the nanoseconds that a number of milliseconds has', () => {
    vi.stubGlobal('process', undefined)
    let nowMs = 0
    vi.stubGlobal('performance', { now: () => nowMs++ })
    const source = systemClockSource()
    nowMs = 86_400_000.005
    expect(source.monotonicNs()).toBe(86_400_000_005_000n)
  })

  test('the wall clock is Date in nanoseconds', () => {
    vi.stubGlobal('Date', { now: () => 1733836800123 })
    expect(systemClockSource().utcNs()).toBe(1733836800123000000n)
  })
})

describe('measuredStepNs', () => {
  const reading = (...readings: number[]) => {
    let last = 0
    return () => (last = readings.shift() ?? last)
  }

  test('is the smallest of the steps seen', () => {
    expect(measuredStepNs(reading(7, 7, 9, 9, 10, 14, 14, 18))).toBe(1_000_000n)
  })

  test('ignores a reading that goes back', () => {
    expect(measuredStepNs(reading(7, 6, 8, 8, 9, 10, 11))).toBe(1_000_000n)
  })

  test('is at least a nanosecond', () => {
    expect(measuredStepNs(reading(0, 1e-9, 2e-9, 3e-9, 4e-9))).toBe(1n)
  })

  test('a clock that stands still counts as the coarsest', () => {
    expect(measuredStepNs(() => 5)).toBe(100_000_000n)
  })
})

describe('units', () => {
  test('durations are nanoseconds, rounded to one', () => {
    expect(seconds(2)).toBe(2_000_000_000n)
    expect(seconds(0.1)).toBe(100_000_000n)
    expect(seconds(-1.5)).toBe(-1_500_000_000n)
    expect(seconds(9_007_199_254.5)).toBe(9_007_199_254_500_000_000n)
    expect(milliseconds(500)).toBe(500_000_000n)
    expect(milliseconds(0.0000014)).toBe(1n)
    expect(milliseconds(9_007_199_254_740_991)).toBe(9_007_199_254_740_991_000_000n)
  })

  test('what is no number of seconds is refused', () => {
    for (const n of [Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY]) {
      expect(() => seconds(n)).toThrow(RangeError)
      expect(() => milliseconds(n)).toThrow(RangeError)
    }
  })
})
