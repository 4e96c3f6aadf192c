import { max } from './numbers.ts'
import type { ClockRef } from './session-clock.ts'

/** What is known about a clock seen from another; nanoseconds. */
export interface ClockTransformEstimate {
  readonly fromClockId: string
  readonly fromClockHash: string
  readonly toClockId: string
  readonly toClockHash: string
  /** to − from, at `observedAtClockNs`. */
  readonly offsetNs: bigint
  readonly uncertaintyNs: bigint
  /** On the from clock. */
  readonly observedAtClockNs: bigint
  /** Samples in the window behind this estimate; 0 for a clock against itself. */
  readonly sampleCount: number
  /** On the from clock, at least 0. */
  readonly ageNs: bigint
  /** How fast the offset grows, in parts per billion of the from clock. */
  readonly skewPpb: number
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
    skewPpb: 0
  }
}

/** The offset (to − from) of an estimate at a reading of its from clock. */
export function offsetAt(estimate: ClockTransformEstimate, tNs: bigint): bigint {
  return estimate.offsetNs + (BigInt(estimate.skewPpb) * (tNs - estimate.observedAtClockNs)) / 1_000_000_000n
}

export function ageAt(observedAtClockNs: bigint, nowNs: bigint): bigint {
  return max(0n, nowNs - observedAtClockNs)
}
