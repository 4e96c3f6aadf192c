import { expect, test } from 'vitest'
import { Meter, readingText } from './meter.ts'

test('a reading is what came since the one before', () => {
  const meter = new Meter(1_000)
  meter.count(1_100, 500, { latencyNs: 3_000_000n })
  meter.count(1_900, 1_500, { latencyNs: 1_000_000n })
  const reading = meter.read(2_000)
  expect(reading).toEqual({
    entriesPerSecond: 2,
    bytesPerSecond: 2_000,
    latencyNs: 3_000_000n,
    latencyReason: undefined,
    longestPauseMs: 800
  })
  expect(readingText(reading)).toBe('2 Hz  2 kB/s  latency at most 3 ms')
  const silent = meter.read(4_000)
  expect(silent).toEqual({ entriesPerSecond: 0, bytesPerSecond: 0, latencyNs: undefined, latencyReason: undefined, longestPauseMs: 2_100 })
  expect(readingText(silent)).toBe('0 Hz  0 B/s')
})

test('a latency that is not known is explained, until it is known again', () => {
  const meter = new Meter(0)
  meter.count(100, 500, { latencyNs: 3_000_000n })
  meter.count(200, 500, { reason: 'no-path' })
  expect(readingText(meter.read(1_000))).toBe('2 Hz  1 kB/s  latency at most 3 ms  no latency: no-path')
  meter.count(1_100, 500, { reason: 'no-path' })
  meter.count(1_200, 500, { latencyNs: -1_000n })
  expect(meter.read(2_000)).toMatchObject({ latencyNs: -1_000n, latencyReason: undefined })
})
