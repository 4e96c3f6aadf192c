import { abs, max } from './numbers.ts'
import type { ClockRef } from './session-clock.ts'

/** What is known about a clock seen from another; nanoseconds. */
export interface ClockTransformEstimate {
  /** The clock it is seen from. */
  readonly fromClockId: string
  /** Content hash of its registry entry. */
  readonly fromClockHash: string
  /** The clock it is about. */
  readonly toClockId: string
  /** Content hash of its registry entry. */
  readonly toClockHash: string
  /** to − from, at `observedAtClockNs`. */
  readonly offsetNs: bigint
  /** How far the true offset can be from {@link offsetAt} at the reading asked about, which is `ageNs` after `observedAtClockNs`. */
  readonly uncertaintyNs: bigint
  /** On the from clock. */
  readonly observedAtClockNs: bigint
  /** Samples in the window behind this estimate; 0 for a clock against itself. */
  readonly sampleCount: number
  /** On the from clock, at least 0. */
  readonly ageNs: bigint
  /** How fast the offset grows, in parts per billion of the from clock. */
  readonly skewPpb: number
  /** How fast the uncertainty grows with the distance from the reading asked about. 0 where rates are not estimated, and for a clock against itself. */
  readonly skewUncertaintyPpb: number
}

/** A clock against itself. */
export function identityEstimate(clock: ClockRef, nowNs: bigint): ClockTransformEstimate {
  return {
    fromClockId: clock.id,
    fromClockHash: clock.hash,
    toClockId: clock.id,
    toClockHash: clock.hash,
    offsetNs: 0n,
    uncertaintyNs: 0n,
    observedAtClockNs: nowNs,
    sampleCount: 0,
    ageNs: 0n,
    skewPpb: 0,
    skewUncertaintyPpb: 0
  }
}

/** The offset (to − from) of an estimate at a reading of its from clock. */
export function offsetAt(estimate: ClockTransformEstimate, tNs: bigint): bigint {
  return estimate.offsetNs + drift(estimate.skewPpb, tNs - estimate.observedAtClockNs)
}

/** How far the true offset, of a clock or of the domain clock, can be from the estimated one at a reading of the from clock. */
export function uncertaintyAt(
  estimate: Pick<ClockTransformEstimate, 'observedAtClockNs' | 'ageNs' | 'uncertaintyNs' | 'skewUncertaintyPpb'>,
  tNs: bigint
): bigint {
  const growth = BigInt(estimate.skewUncertaintyPpb) * abs(tNs - askedAt(estimate))
  return estimate.uncertaintyNs + (growth + 999_999_999n) / 1_000_000_000n // rounded up
}

/** The reading of the from clock that was asked about. */
export function askedAt({ observedAtClockNs, ageNs }: Pick<ClockTransformEstimate, 'observedAtClockNs' | 'ageNs'>): bigint {
  return observedAtClockNs + ageNs
}

/** What so many parts per billion make of a duration. */
export function drift(ppb: number, durationNs: bigint): bigint {
  return (BigInt(ppb) * durationNs) / 1_000_000_000n
}

export function ageAt(observedAtClockNs: bigint, nowNs: bigint): bigint {
  return max(0n, nowNs - observedAtClockNs)
}
