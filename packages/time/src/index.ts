/**
 * # @auki/time
 *
 * Clocks: the session clock, what samples tell of the clocks of others, the domain clock, and conversions between them. Pure arithmetic on readings; nothing
 * here sends a message or sets a timer. All times are `bigint` nanoseconds. docs/clocks.md says which clock to use when.
 *
 * ```ts
 * const clock = new SessionClock({ id: 'me/session/monotonic', hash })
 * const sync = new ClockSyncState()
 * const sample = ntpSample(localSendNs, remoteReceiveNs, remoteSendNs, localReceiveNs, clock.resolutionNs)
 * sync.observe(clock.id, clock.hash, remote.id, remote.hash, sample)
 * const estimate = sync.estimate(clock.id, remote.id, { nowNs: clock.nowNs() })
 * if (estimate !== undefined) {
 *   console.log(`${offsetAt(estimate, clock.nowNs())} ± ${estimate.uncertaintyNs} ns`)
 *   console.log(convertTime([liveStep(estimate)], clock, remote, clock.nowNs()).timeNs)
 * }
 * ```
 *
 * Where to read on:
 *
 * 1. `session-clock.ts`, `clock-source.ts`: reading the machine's clocks.
 * 2. `clock-sample.ts`: one exchange of messages as a sample; `clock-sync.ts`: the samples of all pairs of clocks.
 * 3. The estimator: `sample-window.ts` (the bounds that samples prove), `support-lines.ts` (which lines fit them), `likely-line.ts` (which one is likely),
 *    `skew-estimator.ts` (offset, rate and uncertainty), `clock-step.ts` with `grid.ts` (how coarse a clock is). `lowest-uncertainty.ts` is the simple one.
 * 4. `domain-clock.ts`, `domain-sources.ts`, `domain-time.ts`: the time that a cluster shares.
 * 5. `steps.ts`, `time-transform.ts`, `convert-time.ts`: from any clock to any other, along what is known.
 *
 * Caps and defaults are in `settings.ts`; what the estimators take for granted of crystals and paths stands where they use it.
 *
 * @packageDocumentation
 */
export { type ClockSample, ntpSample } from './clock-sample.ts'
export { type ClockSource, systemClockSource } from './clock-source.ts'
export { type ClockOwner, type ClockSyncOptions, ClockSyncState } from './clock-sync.ts'
export { type ConvertedStep, type ConvertedTime, type ConvertTimeOptions, convertTime } from './convert-time.ts'
export {
  composeDomainEstimate,
  type DomainClockEstimate,
  type DomainClockSource,
  domainClockEntry,
  domainClockRef,
  domainOffsetAt,
  inheritedSource,
  ownSource
} from './domain-clock.ts'
export { DomainClockSources } from './domain-sources.ts'
export { type DomainClockReading, domainClockEstimate, domainTimeAt, domainTimeNow } from './domain-time.ts'
export { ConvertTimeError, DomainClockEstimateUnavailable, DomainTimeNowError, TimeError } from './errors.ts'
export { type ClockTransformEstimate, identityEstimate, offsetAt, uncertaintyAt } from './estimate.ts'
export { MonotonicDomainTime } from './monotonic-domain-time.ts'
export { type ClockRef, SessionClock, sameClock } from './session-clock.ts'
export { domainStep, liveStep, logStep, type TimeStep } from './steps.ts'
export {
  type Direction,
  isDiscontinuity,
  offsetByLog,
  type StepReading,
  type TimeTransformEntry,
  timeTransformSample
} from './time-transform.ts'
export { milliseconds, seconds } from './units.ts'
