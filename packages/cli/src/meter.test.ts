import { expect, test } from 'vitest'
import { Meter, readingText } from './meter.ts'

test('a reading is what came since the one before', () => {
  const meter = new Meter(1_000)
  meter.count(1_100, 500, 3_000_000n)
  meter.count(1_900, 1_500, 1_000_000n)
  const reading = meter.read(2_000)
  expect(reading).toEqual({ entriesPerSecond: 2, bytesPerSecond: 2_000, latencyNs: 3_000_000n, longestPauseMs: 800 })
  expect(readingText(reading)).toBe('2.0 entries/s  0.002 MB/s  latency at most 3.0 ms')
  const silent = meter.read(4_000)
  expect(silent).toEqual({ entriesPerSecond: 0, bytesPerSecond: 0, latencyNs: undefined, longestPauseMs: 2_100 })
  expect(readingText(silent)).toBe('0.0 entries/s  0.000 MB/s')
})
