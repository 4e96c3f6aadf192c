import { describe, expect, test } from 'vitest'
import { composeDomainEstimate, type DomainClockEstimate, identityEstimate, MonotonicDomainTime, ownSource } from './index.ts'

/** The domain clock as the backing peer itself sees it. */
function backedBy(peerId: string, offsetNs: bigint, hash = `hash of ${peerId}`): DomainClockEstimate {
  const clock = { id: `${peerId}/1/monotonic`, hash }
  return composeDomainEstimate(identityEstimate(clock, 0n), ownSource({ clusterName: 'vinland', peerId, clock, offsetNs }))
}

describe('MonotonicDomainTime', () => {
  test('repeats the last answer until domain time has caught up', () => {
    const time = new MonotonicDomainTime()
    const estimate = backedBy('M', 0n)
    expect([5n, 9n, 7n, 9n, 10n, -1n].map((ns) => time.next(estimate, ns))).toEqual([5n, 9n, 9n, 9n, 10n, 10n])
  })

  test('an heir goes on with the same timeline, and so does the first Manager when it is back', () => {
    const time = new MonotonicDomainTime()
    time.next(backedBy('M', 0n), 100n)
    expect(time.next(backedBy('heir', -3n), 90n)).toBe(100n)
    expect(time.next(backedBy('heir', 7n), 95n)).toBe(100n)
    expect(time.next(backedBy('M', 0n), 99n)).toBe(100n)
  })

  test('a new timeline starts afresh, however far behind', () => {
    const time = new MonotonicDomainTime()
    time.next(backedBy('M', 0n), 1_000n)
    expect(time.next(backedBy('N', 0n), 3n)).toBe(3n)
    expect(time.next(backedBy('heir', 8n), 2n)).toBe(3n)
    expect(time.next(backedBy('N', 0n, 'another session'), 1n)).toBe(1n)
  })

  test('is known even to a reader that met the old one through an heir', () => {
    const time = new MonotonicDomainTime()
    time.next(backedBy('heir', -3n), 1_000n)
    expect(time.next(backedBy('N', 0n), 3n)).toBe(3n)
  })
})
