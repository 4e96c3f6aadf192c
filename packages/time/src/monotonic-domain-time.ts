import type { DomainClockEstimate } from './domain-clock.ts'
import { type ClockRef, sameClock } from './session-clock.ts'

/**
 * Domain times that never go back for one reader. A better estimate may put the same instant earlier; then the last answer is repeated until domain time has
 * caught up.
 *
 * A new timeline may start below the old one. It is recognised by its source: only the clock that a timeline starts with backs it at offset 0; the clocks of
 * later Managers continue it at another offset.
 */
export class MonotonicDomainTime {
  #lastNs: bigint | undefined
  #origin: ClockRef | undefined

  /** The domain time to answer with, given the one that was read and the estimate it was read by. */
  next(estimate: DomainClockEstimate, domainNs: bigint): bigint {
    if (this.#startsAnew(estimate)) this.#lastNs = undefined
    if (this.#lastNs === undefined || domainNs > this.#lastNs) this.#lastNs = domainNs
    return this.#lastNs
  }

  #startsAnew({ backingClockId, backingClockHash, backingToDomainOffsetNs }: DomainClockEstimate): boolean {
    if (backingToDomainOffsetNs !== 0n) return false
    const origin = { id: backingClockId, hash: backingClockHash }
    const isKnown = this.#origin !== undefined && sameClock(this.#origin, origin)
    this.#origin = origin
    return !isKnown
  }
}
