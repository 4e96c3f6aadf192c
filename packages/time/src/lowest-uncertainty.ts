/**
 * The simple estimator: the sample of the window that spent the least time on the path is the estimate. Nothing is averaged. Other implementations of the
 * protocol give the same answers.
 */
import type { ClockSample } from './clock-sample.ts'
import { ageAt } from './estimate.ts'
import type { Estimated, PairEstimator } from './pair-estimator.ts'
import type { WindowLimits } from './sample-window.ts'

export class LowestUncertainty implements PairEstimator {
  readonly #limits: WindowLimits
  #window: readonly ClockSample[] = [] // in the order of observing

  constructor(limits: WindowLimits) {
    this.#limits = limits
  }

  add(sample: ClockSample): void {
    const oldestNs = sample.observedAtClockNs - this.#limits.maxSampleAgeNs
    const young = [...this.#window, sample].filter((kept) => kept.observedAtClockNs >= oldestNs)
    this.#window = young.slice(-this.#limits.maxSamplesPerPair)
  }

  at(nowNs: bigint): Estimated {
    const best = this.#window.reduce((best, sample) => (isBetter(sample, best) ? sample : best))
    return {
      offsetNs: best.offsetNs,
      uncertaintyNs: best.uncertaintyNs,
      observedAtClockNs: best.observedAtClockNs,
      sampleCount: this.#window.length,
      ageNs: ageAt(best.observedAtClockNs, nowNs),
      skewPpb: 0,
      skewUncertaintyPpb: 0
    }
  }
}

/** Lower uncertainty wins, on a tie the newer observation, of two at the same instant the one appended later. */
function isBetter(sample: ClockSample, best: ClockSample): boolean {
  if (sample.uncertaintyNs !== best.uncertaintyNs) return sample.uncertaintyNs < best.uncertaintyNs
  return sample.observedAtClockNs >= best.observedAtClockNs
}
