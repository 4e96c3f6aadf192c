/** The steps a conversion can take from one clock to another, each of them both ways. */
import type { DomainClockEstimate } from './domain-clock.ts'
import { askedAt, type ClockTransformEstimate, drift, uncertaintyAt } from './estimate.ts'
import { abs } from './numbers.ts'
import type { ClockRef } from './session-clock.ts'
import { type Direction, offsetByLog, type StepReading, type TimeTransformEntry } from './time-transform.ts'

/** A known relation between two clocks. */
export interface TimeStep {
  /** `live`: an estimate from clock samples; `domain`: the domain clock; `log`: a TimeTransform log. */
  readonly kind: 'live' | 'domain' | 'log'
  /** The clock it starts at, forward. */
  readonly from: ClockRef
  /** The clock it leads to, forward. */
  readonly to: ClockRef
  /** Its offset at an instant of the `from` clock (backward: of the `to` clock); `undefined` when it has none. */
  read(tNs: bigint, direction: Direction, discontinuityNs?: bigint): StepReading | undefined
}

/** Own session clock → remote clock, by a live estimate. */
export function liveStep(estimate: ClockTransformEstimate): TimeStep {
  const { observedAtClockNs, offsetNs, skewPpb } = estimate
  return {
    kind: 'live',
    from: { id: estimate.fromClockId, hash: estimate.fromClockHash },
    to: { id: estimate.toClockId, hash: estimate.toClockHash },
    read: along({ atNs: observedAtClockNs, offsetNs, skewPpb }, estimate)
  }
}

/** Own session clock → domain clock, by an estimate of it. */
export function domainStep(estimate: DomainClockEstimate): TimeStep {
  const { totalOffsetNs, skewPpb } = estimate
  return {
    kind: 'domain',
    from: { id: estimate.localClockId, hash: estimate.localClockHash },
    to: { id: estimate.domainClockId, hash: estimate.domainClockHash },
    read: along({ atNs: askedAt(estimate), offsetNs: totalOffsetNs, skewPpb }, estimate)
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

interface Line {
  readonly atNs: bigint
  readonly offsetNs: bigint
  readonly skewPpb: number
}

/** Readings along a line, with the uncertainty of the estimate behind it. */
function along(line: Line, estimate: Parameters<typeof uncertaintyAt>[0] & { observedAtClockNs: bigint }): TimeStep['read'] {
  return (tNs, direction) => {
    const localNs = direction === 'forward' ? tNs : localReading(line, tNs)
    const offsetNs = line.offsetNs + drift(line.skewPpb, localNs - line.atNs)
    return {
      offsetNs: direction === 'forward' ? offsetNs : -offsetNs,
      uncertaintyNs: uncertaintyAt(estimate, localNs),
      ageNs: abs(localNs - estimate.observedAtClockNs)
    }
  }
}

// The remote clock runs (1 + skew) times as fast.
function localReading({ atNs, offsetNs, skewPpb }: Line, remoteNs: bigint): bigint {
  return atNs + ((remoteNs - atNs - offsetNs) * 1_000_000_000n) / (1_000_000_000n + BigInt(skewPpb))
}
