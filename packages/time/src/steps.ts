/** The steps a conversion can take from one clock to another, each of them both ways. */
import type { DomainClockEstimate } from './domain-clock.ts'
import { type ClockTransformEstimate, offsetAt } from './estimate.ts'
import { abs } from './numbers.ts'
import type { ClockRef } from './session-clock.ts'
import { type Direction, offsetByLog, type StepReading, type TimeTransformEntry } from './time-transform.ts'

/** A known relation between two clocks. */
export interface TimeStep {
  readonly kind: 'live' | 'domain' | 'log'
  readonly from: ClockRef
  readonly to: ClockRef
  /** What it says about an instant, which backward is on the `to` clock; `undefined` when it says nothing. */
  read(tNs: bigint, direction: Direction, discontinuityNs?: bigint): StepReading | undefined
}

/** Own session clock → remote clock, by a live estimate. */
export function liveStep(estimate: ClockTransformEstimate): TimeStep {
  return {
    kind: 'live',
    from: { id: estimate.fromClockId, hash: estimate.fromClockHash },
    to: { id: estimate.toClockId, hash: estimate.toClockHash },
    read: (tNs, direction) => (direction === 'forward' ? liveForward(estimate, tNs) : liveBackward(estimate, tNs))
  }
}

/** Own session clock → domain clock, by an estimate of it. */
export function domainStep(estimate: DomainClockEstimate): TimeStep {
  const { totalOffsetNs, observedAtClockNs, uncertaintyNs } = estimate
  return {
    kind: 'domain',
    from: { id: estimate.localClockId, hash: estimate.localClockHash },
    to: { id: estimate.domainClockId, hash: estimate.domainClockHash },
    read: (tNs, direction) =>
      direction === 'forward'
        ? { offsetNs: totalOffsetNs, uncertaintyNs, ageNs: abs(tNs - observedAtClockNs) }
        : { offsetNs: -totalOffsetNs, uncertaintyNs, ageNs: abs(tNs - totalOffsetNs - observedAtClockNs) }
  }
}

/** From clock → to clock of a TimeTransform log; entries in the order of their timestamps. */
export function logStep(log: { fromClock: ClockRef; toClock: ClockRef; entries: readonly TimeTransformEntry[] }): TimeStep {
  return {
    kind: 'log',
    from: log.fromClock,
    to: log.toClock,
    read: (tNs, direction, discontinuityNs) => offsetByLog(log.entries, tNs, direction, discontinuityNs)
  }
}

function liveForward(estimate: ClockTransformEstimate, tNs: bigint): StepReading {
  return { offsetNs: offsetAt(estimate, tNs), uncertaintyNs: estimate.uncertaintyNs, ageNs: abs(tNs - estimate.observedAtClockNs) }
}

// The instant is on the remote clock, which runs (1 + skew) times as fast: the local reading is what the offset depends on.
function liveBackward(estimate: ClockTransformEstimate, tNs: bigint): StepReading {
  const elapsedRemoteNs = tNs - (estimate.observedAtClockNs + estimate.offsetNs)
  const elapsedNs = (elapsedRemoteNs * 1_000_000_000n) / (1_000_000_000n + BigInt(estimate.skewPpb))
  const offsetNs = offsetAt(estimate, estimate.observedAtClockNs + elapsedNs)
  return { offsetNs: -offsetNs, uncertaintyNs: estimate.uncertaintyNs, ageNs: abs(elapsedRemoteNs) }
}
