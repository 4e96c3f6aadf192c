import { expect, test } from 'vitest'
import { agoText, bytesPerSecondText, countText, durationText, hertzText, secondsText, shortDurationText, sizeText } from './units.ts'

test('quantities are short and have a unit', () => {
  expect([0, 999, 1_234_567, 3n * 10n ** 9n].map(sizeText)).toEqual(['0 B', '999 B', '1.23 MB', '3 GB'])
  expect(bytesPerSecondText(2_400_000.4)).toBe('2.4 MB/s')
  expect([0, 0.51, 29.97, 30, 416_000].map(hertzText)).toEqual(['0 Hz', '0.51 Hz', '30 Hz', '30 Hz', '416 kHz'])
  expect(countText(1_234_567n)).toBe('1,234,567')
  expect([0, 7, 1_200, 90_000, 3 * 86_400_000].map(durationText)).toEqual(['0 ms', '7 ms', '1.2 s', '1.5 min', '3 d'])
  expect([-5, 999, 3_400, 7_300_000].map(agoText)).toEqual(['now', 'now', '3 s ago', '2 h ago'])
  expect([420n, 12_500n, 3_200_000n, -1_500_000_000n].map(shortDurationText)).toEqual(['420 ns', '12.5 µs', '3.2 ms', '-1.5 s'])
  expect(secondsText(-123_456_789n)).toBe('-0.123457 s')
})
