import type { ClockSample } from './clock-sample.ts'
import type { ClockTransformEstimate } from './estimate.ts'

/** What an estimate says apart from whose it is. */
export type Estimated = Omit<ClockTransformEstimate, 'fromClockId' | 'fromClockHash' | 'toClockId' | 'toClockHash'>

/** What is known of one pair of clocks, by one way of estimating. */
export interface PairEstimator {
  add(sample: ClockSample): void
  /** As of a reading of the local clock, with a sample taken in before. */
  at(nowNs: bigint): Estimated
}
