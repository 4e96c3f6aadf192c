import { AukiError } from '@auki/canonical'

/**
 * A clock sample, an estimate or a domain clock that has no value.
 *
 * `stale` has the details `ageNs` and `maxAgeNs`; the others name the readings or clocks at fault.
 */
export class TimeError extends AukiError<
  | 'local-clock-went-backwards'
  | 'remote-clock-went-backwards'
  | 'round-trip-shorter-than-remote-processing'
  | 'offset-out-of-range'
  | 'stale'
  | 'backing-clock-id-mismatch'
  | 'backing-clock-hash-mismatch'
  | 'total-offset-out-of-range'
> {
  override readonly name = 'TimeError'
}

/**
 * Why `convertTime` has no answer: `no-path` (details: `from`, `to`), `stale` (details: `ageNs`, `maxAgeNs`) when only too old steps would
 * connect the clocks, `conversion-out-of-range` (details: `timeNs`, `offsetNs`) when the answer does not fit an i64.
 */
export class ConvertTimeError extends AukiError<'no-path' | 'stale' | 'conversion-out-of-range'> {
  override readonly name = 'ConvertTimeError'
}

/**
 * Why there is no domain time yet: `source-unavailable` (details: `clusterName`), `backing-estimate-unavailable` (details: `localClockId`,
 * `backingClockId`), `invalid-source` (details: `error`, the code of the `TimeError` in `cause`), `stale` (details: `ageNs`, `maxAgeNs`).
 */
export class DomainClockEstimateUnavailable extends AukiError<
  'source-unavailable' | 'backing-estimate-unavailable' | 'invalid-source' | 'stale'
> {
  override readonly name = 'DomainClockEstimateUnavailable'
}

/**
 * Why a reading has no domain time: `unavailable` (details: `reason`, the code of the `DomainClockEstimateUnavailable` in `cause`) or
 * `conversion-out-of-range` (details: `sessionNowNs`, `offsetNs`).
 */
export class DomainTimeNowError extends AukiError<'unavailable' | 'conversion-out-of-range'> {
  override readonly name = 'DomainTimeNowError'
}
