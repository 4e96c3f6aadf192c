import { expect, test } from 'vitest'
import { ClockStep } from './clock-step.ts'

function stepOf(...readings: bigint[]): number {
  const step = new ClockStep()
  for (const [at, reading] of readings.entries()) step.add(reading, BigInt(at) * 1_000n)
  return step.ns
}

/** Readings of a clock with this step, at instants of no pattern. */
const coarse = (stepNs: bigint, count: number) =>
  Array.from({ length: count }, (_, n) => ((BigInt(Math.floor(((n * n * Math.sqrt(5)) % 1) * 1e10)) + 377_371n) / stepNs + 1n) * stepNs)

test.each([5_000n, 100_000n, 1_000_000n, 16_667_000n, 100_000_000n])('finds a step of %s ns', (stepNs) => {
  expect(stepOf(...coarse(stepNs, 12))).toBe(Number(stepNs))
})

test('a clock of nanoseconds, or of less than a microsecond, counts as fine', () => {
  expect(stepOf(...coarse(1n, 12))).toBe(0)
  expect(stepOf(...coarse(100n, 12))).toBe(0)
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
