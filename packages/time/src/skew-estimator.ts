/**
 * Offset and rate of a remote clock, and how wrong they can be.
 *
 * What is certain comes from the lines that the bounds of all samples leave possible, with rates that may wander; what is likely from the queues on
 * the path, with rates that hardly do. So a guess about queues may cost accuracy and never honesty. When no line is possible the bounds are of
 * different clocks (one of them stood still or was set): the new one's alone are kept.
 */
import type { ClockSample } from './clock-sample.ts'
import { ageAt, drift } from './estimate.ts'
import { type Line, likelyLine } from './likely-line.ts'
import type { Estimated, PairEstimator } from './pair-estimator.ts'
import { SampleWindow, type WindowLimits } from './sample-window.ts'
import { type Hull, hullBelow, type Points, possibleLines, type Region, rateMax } from './support-lines.ts'

/** With fewer samples nothing can be said about the rate; the best of them speaks. */
const samplesMin = 4

/** Warming up changes a crystal by a few ppm, a time daemon at work by about as much: what is certain allows for it. */
const wanderMax = 10e-6

/** What rates usually wander by within the window; more is tried where that does not fit. */
const usualWander = 0.5e-6

export class SkewEstimator implements PairEstimator {
  readonly #window: SampleWindow
  #fit: { readonly certain: Region; readonly line: Line; readonly presentNs: number } | undefined

  constructor(limits: WindowLimits) {
    this.#window = new SampleWindow(limits)
  }

  add(sample: ClockSample): void {
    this.#window.add(sample)
    this.#fit = undefined
    if (this.#window.count === 1) return
    const bounds = new BoundsNow(this.#window)
    const certain = bounds.lines(wanderMax)
    if (certain === undefined) this.#window.restart(sample)
    else if (this.#window.count >= samplesMin)
      this.#fit = { certain, line: rounded(bounds.likelyLine(certain)), presentNs: bounds.presentNs }
  }

  at(nowNs: bigint): Estimated {
    if (this.#fit === undefined) return this.#atBest(nowNs)
    const { certain, line, presentNs } = this.#fit
    const observedAtClockNs = this.#window.epochNs + BigInt(presentNs)
    const ageNs = ageAt(observedAtClockNs, nowNs)
    return {
      offsetNs: this.#window.baseNs + BigInt(line.offset),
      uncertaintyNs: BigInt(Math.ceil(errorMax(certain, line, Number(ageNs)))),
      observedAtClockNs,
      sampleCount: this.#window.count,
      ageNs,
      skewPpb: Math.round(line.rate * 1e9),
      skewUncertaintyPpb: Math.ceil(rateErrorMax(certain, line) * 1e9)
    }
  }

  /** As if the rates were equal, with an uncertainty that knows they may not be: since our send, for the remote clock drifts while it waits, too. */
  #atBest(nowNs: bigint): Estimated {
    const { offsetNs, uncertaintyNs, sentNs, observedAtClockNs } = this.#window.best()
    const skewUncertaintyPpb = Math.round(rateMax * 1e9)
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

/** The bounds of a window as seen from its newest sample. */
class BoundsNow {
  readonly presentNs: number
  readonly #upper: Points
  readonly #negatedLower: Points
  readonly #upperHull: Hull
  readonly #lowerHull: Hull
  readonly #slackNs: number

  constructor(window: SampleWindow) {
    const { sentNs, upperNs, receivedNs, lowerNs, count } = window
    this.presentNs = latest(receivedNs, count)
    this.#upper = pointsIn(upperScratch, count)
    this.#negatedLower = pointsIn(lowerScratch, count)
    sortInto(this.#upper, sentNs, upperNs, this.presentNs, 1)
    sortInto(this.#negatedLower, receivedNs, lowerNs, this.presentNs, -1)
    this.#upperHull = hullBelow(this.#upper)
    this.#lowerHull = hullBelow(this.#negatedLower)
    this.#slackNs = window.slackNs
  }

  lines(wander: number): Region | undefined {
    return possibleLines(this.#upperHull, this.#lowerHull, wander, this.#slackNs)
  }

  /** With the least wander that fits, among those that are possible at all. */
  likelyLine(certain: Region): Line {
    for (let wander = usualWander; wander < wanderMax; wander *= 4) {
      const region = this.lines(wander)
      if (region !== undefined) return likelyLine(region, this.#upper, this.#negatedLower, wander)
    }
    return likelyLine(certain, this.#upper, this.#negatedLower, wanderMax)
  }
}

function latest(instantsNs: Float64Array, count: number): number {
  let latestNs = instantsNs[0]!
  for (let index = 1; index < count; index++) if (instantsNs[index]! > latestNs) latestNs = instantsNs[index]!
  return latestNs
}

// Made once and used again by every update: allocating them cost more than all the rest.
const upperScratch = { buffer: new Float64Array(512) }
const lowerScratch = { buffer: new Float64Array(512) }

function pointsIn(scratch: { buffer: Float64Array }, count: number): Points {
  if (scratch.buffer.length < 2 * count) scratch.buffer = new Float64Array(4 * count)
  return { times: scratch.buffer.subarray(0, count), values: scratch.buffer.subarray(count, 2 * count) }
}

/** Bounds as points in the order of their instants, which they nearly are in already. */
function sortInto({ times, values }: Points, instantsNs: Float64Array, boundsNs: Float64Array, presentNs: number, sign: 1 | -1): void {
  for (let index = 0; index < times.length; index++) {
    const time = instantsNs[index]! - presentNs
    let place = index
    for (; place > 0 && times[place - 1]! > time; place--) {
      times[place] = times[place - 1]!
      values[place] = values[place - 1]!
    }
    times[place] = time
    values[place] = sign * boundsNs[index]!
  }
}

/** As an estimate can say it: whole nanoseconds, whole parts per billion. */
function rounded({ offset, rate }: Line): Line {
  return { offset: Math.round(offset), rate: Math.round(rate * 1e9) / 1e9 || 0 } // never −0
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

function rateErrorMax({ rates }: Region, { rate }: Line): number {
  return Math.max(rate - rates[0]!, rates.at(-1)! - rate) + wanderMax
}
