/** Reading the domain clock: which estimate, and why there may be none. */
import type { ClockSyncState } from './clock-sync.ts'
import { composeDomainEstimate, type DomainClockEstimate, type DomainClockSource, domainOffsetAt } from './domain-clock.ts'
import { DomainClockEstimateUnavailable, DomainTimeNowError, TimeError } from './errors.ts'
import { type ClockTransformEstimate, identityEstimate } from './estimate.ts'
import { isI64 } from './numbers.ts'
import { type ClockRef, sameClock } from './session-clock.ts'

/** What an estimate of the domain clock is made of. */
export interface DomainClockReading {
  /** For the message, when there is no estimate. */
  readonly clusterName: string
  /** The chosen source; `undefined` when none was heard. */
  readonly source: DomainClockSource | undefined
  /** The own session clock, and a reading of it. */
  readonly clock: ClockRef
  /** The reading of {@link clock} asked about. */
  readonly nowNs: bigint
  /** What is known of the clocks of others. */
  readonly sync: Pick<ClockSyncState, 'estimate'>
  /** Default: any age. */
  readonly maxAgeNs?: bigint | undefined
}

/**
 * Own clock → domain clock at a reading of the own clock.
 *
 * @throws DomainClockEstimateUnavailable `source-unavailable`, `backing-estimate-unavailable`, `invalid-source` or `stale`.
 */
export function domainClockEstimate(reading: DomainClockReading): DomainClockEstimate {
  const { clusterName, source, maxAgeNs } = reading
  if (source === undefined) {
    const message = `nobody has said yet which clock backs the time of cluster "${clusterName}": wait for a heartbeat of its Manager`
    throw new DomainClockEstimateUnavailable('source-unavailable', message, { clusterName })
  }
  const estimate = composed(backingEstimate(reading, source), source)
  if (maxAgeNs !== undefined && estimate.ageNs > maxAgeNs) {
    const message = `the estimate of the domain clock is ${estimate.ageNs} ns old, asked for at most ${maxAgeNs} ns: wait for the next heartbeat`
    throw new DomainClockEstimateUnavailable('stale', message, { ageNs: estimate.ageNs, maxAgeNs })
  }
  return estimate
}

/**
 * The domain time of a reading of the local clock; nanoseconds.
 *
 * @throws DomainTimeNowError `conversion-out-of-range` when the sum does not fit an i64.
 */
export function domainTimeAt(estimate: DomainClockEstimate, sessionNowNs: bigint): bigint {
  const offsetNs = domainOffsetAt(estimate, sessionNowNs)
  const domainNs = sessionNowNs + offsetNs
  if (isI64(domainNs)) return domainNs
  const message = `the domain time of ${sessionNowNs} ns with the offset ${offsetNs} ns does not fit an i64`
  throw new DomainTimeNowError('conversion-out-of-range', message, { sessionNowNs, offsetNs })
}

/**
 * The domain time of the reading; nanoseconds.
 *
 * @throws DomainTimeNowError `unavailable`, with the `DomainClockEstimateUnavailable` as its cause, or `conversion-out-of-range`.
 */
export function domainTimeNow(reading: DomainClockReading): bigint {
  let estimate: DomainClockEstimate
  try {
    estimate = domainClockEstimate(reading)
  } catch (error) {
    if (!(error instanceof DomainClockEstimateUnavailable)) throw error
    throw new DomainTimeNowError('unavailable', `no domain time now: ${error.message}`, { reason: error.code }, { cause: error })
  }
  return domainTimeAt(estimate, reading.nowNs)
}

function backingEstimate({ clock, nowNs, sync }: DomainClockReading, source: DomainClockSource): ClockTransformEstimate {
  if (sameClock({ id: source.backingClockId, hash: source.backingClockHash }, clock)) return identityEstimate(clock, nowNs)
  const estimate = sync.estimate(clock.id, source.backingClockId, { nowNs })
  if (estimate !== undefined) return estimate
  const message = `no sample of clock "${source.backingClockId}" yet, which backs the domain clock: wait for its heartbeats`
  throw new DomainClockEstimateUnavailable('backing-estimate-unavailable', message, {
    localClockId: clock.id,
    backingClockId: source.backingClockId
  })
}

function composed(estimate: ClockTransformEstimate, source: DomainClockSource): DomainClockEstimate {
  try {
    return composeDomainEstimate(estimate, source)
  } catch (error) {
    if (!(error instanceof TimeError)) throw error
    const message = `the source of the domain clock does not fit: ${error.message}`
    throw new DomainClockEstimateUnavailable('invalid-source', message, { error: error.code }, { cause: error })
  }
}
