import { describe, expect, test } from 'vitest'
import { type ClockSample, ntpSample } from './index.ts'
import { SampleWindow } from './sample-window.ts'

const limits = { maxSamplesPerPair: 100, maxSampleAgeNs: 1_000_000_000n }

/** What the columns say, as readings and offsets. */
function bounds(window: SampleWindow): bigint[][] {
  return Array.from({ length: window.count }, (_, index) => [
    window.epochNs + BigInt(window.sentNs[index]!),
    window.baseNs + BigInt(window.upperNs[index]!),
    window.epochNs + BigInt(window.receivedNs[index]!),
    window.baseNs + BigInt(window.lowerNs[index]!)
  ])
}

function windowOf(...samples: ClockSample[]): SampleWindow {
  const window = new SampleWindow(limits)
  for (const sample of samples) window.add(sample)
  return window
}

describe('SampleWindow', () => {
  test.each([
    [0n, 7n, 9n, 20n], // the sum of the differences is odd, and so is the path
    [0n, 8n, 9n, 20n],
    [1_000n, 7n, 9n, 1_020n],
    [1_000n, 8n, 9n, 1_020n],
    [50n, 5n, 6n, 53n],
    [10n, 2n ** 62n, 2n ** 62n + 3n, 99n]
  ])('gets the four readings back from a sample (%s %s %s %s)', (l1, r1, r2, l2) => {
    expect(bounds(windowOf(ntpSample(l1, r1, r2, l2)))).toEqual([[l1, r1 - l1, l2, r2 - l2]])
  })

  test('the best sample is as it came, down to the resolution it was given', () => {
    const short = ntpSample(1_000n, 7n, 9n, 1_021n)
    const { offsetNs, uncertaintyNs, observedAtClockNs } = short
    expect(windowOf(ntpSample(0n, 0n, 5n, 90n), short, ntpSample(2_000n, 3n, 9n, 2_099n)).best()).toEqual({
      offsetNs,
      uncertaintyNs,
      observedAtClockNs,
      sentNs: 1_000n
    })
    expect(windowOf(ntpSample(1_000n, 7n, 9n, 1_021n, 500n)).best().uncertaintyNs).toBe(500n)
  })

  test('grows as far as its limit, drops the oldest appended and what is too old', () => {
    const window = windowOf(...Array.from({ length: 250 }, (_, n) => ntpSample(BigInt(n), 0n, 0n, BigInt(n))))
    expect(bounds(window).map(([sentNs]) => sentNs)).toEqual(Array.from({ length: 100 }, (_, n) => BigInt(150 + n)))
    window.add(ntpSample(1_000_000_240n, 0n, 0n, 1_000_000_240n))
    expect(bounds(window).map(([sentNs]) => sentNs)).toEqual([...Array.from({ length: 10 }, (_, n) => BigInt(240 + n)), 1_000_000_240n])
    window.keepNewest(1)
    expect(bounds(window)).toEqual([[1_000_000_240n, -1_000_000_240n, 1_000_000_240n, -1_000_000_240n]])
  })

  test('an old sample goes though a younger one was appended before it', () => {
    const window = windowOf(ntpSample(900_000_000n, 0n, 0n, 900_000_000n), ntpSample(0n, 0n, 0n, 0n))
    window.add(ntpSample(1_500_000_000n, 0n, 0n, 1_500_000_000n))
    expect(bounds(window).map(([sentNs]) => sentNs)).toEqual([900_000_000n, 1_500_000_000n])
  })
})
