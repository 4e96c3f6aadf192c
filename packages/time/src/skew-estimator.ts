/**
 * Offset and rate of a remote clock, and how wrong they can be.
 *
 * The uncertainty comes from the bounds that all samples prove: for rates that may change by as much as crystals and time daemons do, or, where that is too
 * wide to be useful, along lines whose rate hardly changes. The estimate itself comes from a model of the queues on the path. A wrong model therefore makes
 * the estimate less accurate, but the stated uncertainty stays true. When no line fits all samples, a clock was set, stood still or changed its rate: then
 * only the newest samples that agree are kept.
 */

import { BoundsNow } from './bounds-now.ts'
import type { ClockSample } from './clock-sample.ts'
import { ageAt, drift } from './estimate.ts'
import type { Line } from './likely-line.ts'
import type { Estimated, PairEstimator } from './pair-estimator.ts'
import { SampleWindow, type WindowLimits } from './sample-window.ts'
import { fastRateMax, rateSpanMinNs, recentCoarseNs, recentNs, usualRateMax, wanderMax } from './settings.ts'
import type { Region } from './support-lines.ts'

/** With fewer samples nothing is known of the rate; the best sample is the estimate. */
const samplesMin = 4

/** Where the age of samples widens the bounds by this many times their own width, rates are taken to be as steady as the samples show. */
const steadyShare = 2.5

/** With fewer samples, or in less time, rates can't be told from queues. */
const rateSamplesMin = 8

interface Fit {
  readonly presentNs: number
  readonly line: Line
  /** Where the line can be, with rates that hardly change. */
  readonly lines: Region
  /** Where the offset can be, with rates within `within` of the line's. */
  readonly top: number
  readonly bottom: number
  readonly within: number
  /** The least uncertainty where steady rates are assumed; infinite where they are not. */
  readonly least: number
}

export class SkewEstimator implements PairEstimator {
  readonly #window: SampleWindow
  readonly #memoryNs: bigint
  #rateMax = usualRateMax
  /** Until this reading, steady rates are not assumed. */
  #unsteadyUntilNs: bigint | undefined
  #fit: Fit | undefined

  constructor(limits: WindowLimits) {
    this.#window = new SampleWindow(limits)
    this.#memoryNs = limits.maxSampleAgeNs
  }

  add(sample: ClockSample): void {
    this.#window.add(sample)
    const agreeing = this.#agreeing(sample.observedAtClockNs)
    const isKnown = agreeing !== undefined && this.#window.count >= samplesMin
    this.#fit = isKnown ? this.#fitted(agreeing.bounds, agreeing.lines, sample.observedAtClockNs) : undefined
  }

  /** Forgets what contradicts the newest sample, and learns from it that rates may change, or are larger than usual. */
  #agreeing(nowNs: bigint): { readonly bounds: BoundsNow; readonly lines: Region } | undefined {
    let limits = [this.#rateLimit, fastRateMax]
    while (this.#window.count > 1) {
      const bounds = new BoundsNow(this.#window)
      for (const rateMax of limits) {
        const lines = bounds.certainLines(rateMax)
        if (lines === undefined) continue
        if (!this.#isNew) this.#rateMax = isWithin(lines, usualRateMax) ? usualRateMax : fastRateMax
        return { bounds, lines }
      }
      this.#unsteadyUntilNs = nowNs + this.#memoryNs
      this.#window.keepNewest(this.#window.count >> 1)
      limits = [usualRateMax] // a clock that was set need not be a fast one
    }
    return undefined
  }

  #fitted(bounds: BoundsNow, lines: Region, nowNs: bigint): Fit {
    const { presentNs } = bounds
    const window = this.#window
    const likely = this.#isNew ? this.#bestLine(lines, presentNs) : usualLine(lines, bounds.likelyLine(lines, this.#rateMax))
    const rate = Math.round(likely.rate * 1e9) / 1e9 || 0 // never −0
    const rateError = rateErrorMax(lines, rate) - wanderMax
    const [within, hardly] = [Math.max(usualRateMax, rateError), Math.min(usualRateMax, rateError)]
    const { top, bottom } = window.anyRates(presentNs, { rate, within, hardly })
    const best = window.bestIndex(window.stepsNs > 0 ? recentCoarseNs : recentNs)
    const room =
      window.halfPathNs(best) + within * (presentNs - window.receivedNs[best]!) + (this.#isNew ? hardly * window.roundTripNs(best) : 0)
    const offset = between(likely.offset + window.behindNs, top - room, bottom + room)
    const isSteady = !this.#isNew && (this.#unsteadyUntilNs === undefined || nowNs > this.#unsteadyUntilNs)
    const least = isSteady ? steadyShare * window.halfPathNs(window.bestIndex()) : Number.POSITIVE_INFINITY
    return { presentNs, line: { offset: Math.round(offset), rate }, lines, top, bottom, within, least }
  }

  /** Too few samples, or too close to each other, to tell a rate from queues. */
  get #isNew(): boolean {
    const { count, receivedNs } = this.#window
    return count < rateSamplesMin || receivedNs[count - 1]! - receivedNs[0]! < rateSpanMinNs
  }

  /** While nothing is known of the rate it may be unusually large. That matters only where the path is so short that it would show within a second. */
  get #rateLimit(): number {
    const isHidden = this.#window.halfPathNs(this.#window.bestIndex()) > fastRateMax * 1e9
    return this.#isNew && !isHidden ? fastRateMax : this.#rateMax
  }

  /** Through the middle of the sharpest sample, at the possible rate closest to 0. */
  #bestLine(lines: Region, presentNs: number): Line {
    const { upperNs, lowerNs, receivedNs } = this.#window
    const best = this.#window.bestIndex(recentCoarseNs)
    const rate = between(0, lines.rates[0]!, lines.rates.at(-1)!)
    return { offset: (upperNs[best]! + lowerNs[best]!) / 2 + rate * (presentNs - receivedNs[best]!), rate }
  }

  at(nowNs: bigint): Estimated {
    if (this.#fit === undefined) return this.#atBest(nowNs)
    const { line, presentNs } = this.#fit
    const observedAtClockNs = this.#window.epochNs + BigInt(presentNs)
    const ageNs = ageAt(observedAtClockNs, nowNs)
    const { uncertainty, growth } = stated(this.#fit, Number(ageNs))
    return {
      offsetNs: this.#window.baseNs + BigInt(line.offset),
      uncertaintyNs: BigInt(Math.ceil(uncertainty)),
      observedAtClockNs,
      sampleCount: this.#window.count,
      ageNs,
      skewPpb: Math.round(line.rate * 1e9),
      skewUncertaintyPpb: Math.ceil(growth * 1e9)
    }
  }

  /** The best sample, as if the rates were equal. Its uncertainty allows for drift from our send on: the remote clock drifts while it waits, too. */
  #atBest(nowNs: bigint): Estimated {
    const { offsetNs, uncertaintyNs, sentNs, observedAtClockNs } = this.#window.best()
    const skewUncertaintyPpb = Math.round(this.#rateLimit * 1e9)
    const ageNs = ageAt(observedAtClockNs, nowNs)
    const driftNs = drift(skewUncertaintyPpb, observedAtClockNs + ageNs - sentNs)
    return {
      offsetNs,
      uncertaintyNs: uncertaintyNs + BigInt(this.#window.stepsNs) + driftNs,
      observedAtClockNs,
      sampleCount: this.#window.count,
      ageNs,
      skewPpb: 0,
      skewUncertaintyPpb
    }
  }
}

/** The uncertainty so long after the present, and how fast it grows. */
function stated(fit: Fit, elapsed: number): { readonly uncertainty: number; readonly growth: number } {
  const { line, lines, top, bottom, within, least } = fit
  const anyRates = Math.max(top - line.offset, line.offset - bottom, 0) + within * elapsed
  const steady = Math.max(least + wanderMax * elapsed, errorMax(lines, line, elapsed))
  return anyRates <= steady ? { uncertainty: anyRates, growth: within } : { uncertainty: steady, growth: rateErrorMax(lines, line.rate) }
}

/** How far a possible line can be from this one after so long. */
function errorMax({ rates, tops, bottoms }: Region, { offset, rate }: Line, elapsed: number): number {
  let error = 0
  for (let at = 0; at < rates.length; at++) {
    const apart = (rates[at]! - rate) * elapsed - offset
    error = Math.max(error, tops[at]! + apart, -bottoms[at]! - apart)
  }
  return error + wanderMax * elapsed
}

function rateErrorMax({ rates }: Region, rate: number): number {
  return Math.max(rate - rates[0]!, rates.at(-1)! - rate) + wanderMax
}

/** The line with its rate moved, if possible, so close to all possible ones that the uncertainty grows no faster than usual. */
function usualLine({ rates }: Region, { offset, rate }: Line): Line {
  return { offset, rate: between(rate, rates.at(-1)! - usualRateMax, rates[0]! + usualRateMax) }
}

function isWithin({ rates }: Region, rateMax: number): boolean {
  return rates[0]! >= -rateMax && rates.at(-1)! <= rateMax
}

/** The value, limited to the range; the middle of the range where its ends are crossed. */
function between(value: number, low: number, high: number): number {
  return low > high ? (low + high) / 2 : Math.min(Math.max(value, low), high)
}
