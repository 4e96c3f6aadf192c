import { describe, expect, test } from 'vitest'
import { remainingSegments, segmentStart } from './retention.ts'

const rule = (retentionNs: bigint, timestampNs: bigint) => ({ segmentDurationNs: 10n, retentionNs, timestampNs })
const starts = [0n, 10n, 20n, 30n]

describe('which segments remain', () => {
  test.each([
    ['all, without a retention', 0n, 1_000n, starts],
    ['all, within it', 40n, 39n, starts],
    ['one goes when its last moment is as old as the retention', 25n, 35n, [10n, 20n, 30n]],
    ['and not a nanosecond earlier', 25n, 34n, starts],
    ['several at once', 1n, 31n, [30n]],
    ['the newest, whatever its age', 1n, 1_000_000n, [30n]],
    ['all, before the clock reaches the retention', 1_000n, 35n, starts],
    ['all, with the longest retention there is', 2n ** 63n - 1n, 2n ** 63n - 1n, starts]
  ])('%s', (_, retentionNs, timestampNs, expected) => {
    expect(remainingSegments(starts, rule(retentionNs, timestampNs))).toEqual(expected)
  })

  test('of none, none', () => {
    expect(remainingSegments([], rule(1n, 1n))).toEqual([])
  })

  test('gaps do not matter', () => {
    expect(remainingSegments([0n, 500n, 1_000n], rule(600n, 1_005n))).toEqual([500n, 1_000n])
  })
})

test.each([
  [0n, 0n],
  [9n, 0n],
  [10n, 10n],
  [2n ** 63n - 1n, 9_223_372_036_854_775_800n]
])('the window of %s starts at %s', (timestampNs, start) => {
  expect(segmentStart(timestampNs, 10n)).toBe(start)
})
