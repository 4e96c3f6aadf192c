import type { ClockSample } from './clock-sample.ts'
import type { ClockTransformEstimate } from './estimate.ts'

/** An estimate without the ids of its clocks. */
export type Estimated = Omit<ClockTransformEstimate, 'fromClockId' | 'fromClockHash' | 'toClockId' | 'toClockHash'>

/** One way to estimate a pair of clocks from its samples. */
export interface PairEstimator {
  add(sample: ClockSample): void
  /** The estimate at a reading of the local clock; after the first sample only. */
  at(nowNs: bigint): Estimated
}
