import { expect, test } from 'vitest'
import { RecentRate } from './recent-rate.ts'

test('a rate is that of the last seconds', () => {
  const rate = new RecentRate()
  expect(rate.at(0, 0)).toBe(0)
  expect(rate.at(500, 100)).toBe(200)
  expect(rate.at(10_000, 100)).toBe(0)
  for (let ms = 10_100; ms <= 15_000; ms += 100) rate.at(ms, 100 + (ms - 10_000))
  expect(rate.at(15_100, 5_200)).toBeCloseTo(1_000)
})
