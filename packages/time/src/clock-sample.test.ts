import { describe, expect, test } from 'vitest'
import { ntpSample, TimeError } from './index.ts'

const i64Max = 2n ** 63n - 1n
const i64Min = -(2n ** 63n)

describe('ntpSample', () => {
  test('the wait at the far end cancels out, whatever its length', () => {
    for (const waitNs of [0n, 1n, 500_000_000n, 2n ** 60n]) {
      expect(ntpSample(1000n, 1_001_050n, 1_001_050n + waitNs, 1100n + waitNs)).toEqual({
        offsetNs: 1_000_000n,
        uncertaintyNs: 100n,
        roundTripNs: 100n + waitNs,
        remoteProcessingNs: waitNs,
        observedAtClockNs: 1100n + waitNs
      })
    }
  })

  test('halves toward zero on both sides', () => {
    expect(ntpSample(0n, 2n, 2n, 1n).offsetNs).toBe(1n) // 3 / 2
    expect(ntpSample(2n, 0n, 0n, 3n).offsetNs).toBe(-2n) // -5 / 2
  })

  test('is never more certain than the step of the local clock', () => {
    expect(ntpSample(0n, 0n, 0n, 0n, 100_000n).uncertaintyNs).toBe(100_000n)
    expect(ntpSample(0n, 0n, 0n, 200_000n, 100_000n).uncertaintyNs).toBe(200_000n)
  })

  test('the sum of the two differences may leave i64 as long as the offset does not', () => {
    expect(ntpSample(0n, i64Max, i64Max, 0n).offsetNs).toBe(i64Max)
    expect(ntpSample(0n, i64Min, i64Min, 0n).offsetNs).toBe(i64Min)
    expect(() => ntpSample(-1n, i64Max, i64Max, -1n)).toThrow(expect.objectContaining({ code: 'offset-out-of-range' }))
    expect(() => ntpSample(1n, i64Min, i64Min, 1n)).toThrow(expect.objectContaining({ code: 'offset-out-of-range' }))
  })

  test.each([
    ['local-clock-went-backwards', [1n, 0n, 0n, 0n]],
    ['local-clock-went-backwards', [-1n, 0n, 0n, i64Max]],
    ['local-clock-went-backwards', [1n, 1n, 0n, 0n]],
    ['remote-clock-went-backwards', [0n, 1n, 0n, 0n]],
    ['remote-clock-went-backwards', [0n, i64Min, 0n, 1n]],
    ['round-trip-shorter-than-remote-processing', [0n, 0n, 2n, 1n]]
  ] as const)('%s (%#)', (code, [l1, r1, r2, l2]) => {
    expect(() => ntpSample(l1, r1, r2, l2)).toThrow(TimeError)
    expect(() => ntpSample(l1, r1, r2, l2)).toThrow(
      expect.objectContaining({ code, details: { localSendNs: l1, remoteReceiveNs: r1, remoteSendNs: r2, localReceiveNs: l2 } })
    )
  })
})
