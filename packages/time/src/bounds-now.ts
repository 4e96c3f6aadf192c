/** The bounds of a window as seen from its newest sample, and what they leave possible. */

import { type Line, likelyLine } from './likely-line.ts'
import type { SampleWindow } from './sample-window.ts'
import { readingTakesNs, wanderMax } from './settings.ts'
import { type Hull, hullBelow, type Points, possibleLines, type Region } from './support-lines.ts'

/** How much rates usually change within the window; more is tried where that does not fit. */
const usualWander = 0.5e-6

export class BoundsNow {
  readonly presentNs: number
  readonly #upper: Points
  readonly #negatedLower: Points
  readonly #upperHull: Hull
  readonly #lowerHull: Hull
  readonly #slack: number

  constructor(window: SampleWindow) {
    const { sentNs, upperNs, receivedNs, lowerNs, count } = window
    this.presentNs = latest(receivedNs, count)
    this.#upper = pointsIn(upperScratch, count)
    this.#negatedLower = pointsIn(lowerScratch, count)
    sortInto(this.#upper, sentNs, upperNs, this.presentNs, 1)
    sortInto(this.#negatedLower, receivedNs, lowerNs, this.presentNs, -1)
    this.#upperHull = hullBelow(this.#upper)
    this.#lowerHull = hullBelow(this.#negatedLower)
    this.#slack = window.stepsNs + readingTakesNs
  }

  /** The lines that are certain to hold the true one, if rates hardly change. */
  certainLines(rateMax: number): Region | undefined {
    return possibleLines(this.#upperHull, this.#lowerHull, { wander: wanderMax, rateMax, slack: this.#slack })
  }

  /** With the least wander that fits, among those that are possible at all. */
  likelyLine(certain: Region, rateMax: number): Line {
    for (let wander = usualWander; wander < wanderMax; wander *= 4) {
      const region = possibleLines(this.#upperHull, this.#lowerHull, { wander, rateMax, slack: this.#slack })
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
