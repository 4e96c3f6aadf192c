import { expect, test } from 'vitest'
import { ClockStep } from './clock-step.ts'

function stepOf(...readings: bigint[]): number {
  const step = new ClockStep()
  for (const [at, reading] of readings.entries()) step.add(reading, BigInt(at) * 1_000n)
  return step.ns
}

/** Readings of a clock with this step, at instants of no pattern. */
function coarse(stepNs: number, count: number, tickAtNs = 0): bigint[] {
  let state = 48271
  return Array.from({ length: count }, () => {
    state = (state * 48271) % 2147483647
    return BigInt(Math.round(Math.floor(state * 4.7) + 1e9 - ((Math.floor(state * 4.7) + 1e9 - tickAtNs) % stepNs)))
  })
}

test.each([5_000, 100_000, 1_000_000, 16_667_000, 100_000_000])('finds a step of %s ns', (stepNs) => {
  expect(stepOf(...coarse(stepNs, 12))).toBe(stepNs)
})

test('a clock of nanoseconds, or of less than a microsecond, counts as fine', () => {
  expect(stepOf(...coarse(1, 12))).toBe(0)
  expect(stepOf(...coarse(100, 12))).toBe(0)
})

test('of one reading only a round step is believed', () => {
  expect(stepOf(123_456_789n)).toBe(0)
  expect(stepOf(123_456_789n, 123_456_789n)).toBe(0)
  expect(stepOf(35_000_000n, 35_000_000n)).toBe(1_000_000)
  expect(stepOf(2n * 16_667_000n, 5n * 16_667_000n)).toBe(16_667_000)
})

test('a clock that stands at zero may be as coarse as any; coarser ones there are none', () => {
  expect(stepOf(0n, 0n)).toBe(100_000_000)
  expect(stepOf(...Array.from({ length: 8 }, (_, n) => BigInt(n) * 10_000_000_000n))).toBe(100_000_000)
})

test('takes readings of either sign, up to 64 bits', () => {
  expect(stepOf(-35_000_000n, 2n ** 63n - 1n)).toBe(0)
  expect(stepOf(-3_000_000n, -(2n ** 30n) * 1_000_000n)).toBe(1_000_000)
})

test.each([100_000, 1_000_000, 4_000_000, 1e9 / 144, 15_625_000, 1e9 / 60])(
  'finds %s ns with ticks beside 0, rounded, and a reading 1 ns off',
  (stepNs) => {
    const readings = coarse(stepNs, 210, 0.37 * stepNs)
    readings[100]! += 1n
    expect(Math.abs(stepOf(...readings.slice(0, 16)) - stepNs)).toBeLessThan(2)
    expect(Math.abs(stepOf(...readings) - stepNs)).toBeLessThan(2)
  }
)

test('a reading far from any tick does not hide the step', () => {
  const readings = coarse(4_000_000, 60, 1_234_567)
  readings[30]! += 1_700_000n
  expect(stepOf(...readings)).toBe(4_000_000)
})

test('samples that come as regularly as a clock make none coarse', () => {
  const step = new ClockStep()
  for (let n = 0n; n < 200n; n++) step.add(123_456_789n + n * 250_000_000n, 77n)
  expect(step.ns).toBe(0)
})
