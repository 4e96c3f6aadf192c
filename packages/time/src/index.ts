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
