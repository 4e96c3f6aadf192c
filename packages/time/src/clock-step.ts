/**
 * The step of a clock, found from its readings.
 *
 * The wire does not say it, and a browser's clock may move in steps of anything between 5 µs and 100 ms. Readings of such a clock lie on a grid, which need
 * not go through 0, need not be of whole nanoseconds, and may miss a reading. So the step is that of the widest grid that nearly all of the last readings
 * lie on: candidates are common divisors of two gaps between readings, up to a remainder; each is fitted to all readings, from the smallest gaps on.
 */

import { commonDivisor, fitGrid, type Grid } from './grid.ts'
import { candidatesMax, coarsestNs, coarsestShiftedNs, finestNs, finestOfGapNs, plausibleNs, roundedByNs, shortestNs } from './settings.ts'

const keptReadings = 64
/** The grid is fitted again at each of the first so many readings; later when a reading is beside it, and every `lookAgainEvery` readings. */
const eagerReadings = 24
const lookAgainEvery = 256
const exactMaxNs = Number.MAX_SAFE_INTEGER

export class ClockStep {
  #firstNs = 0n
  /** Since the first one, the last of them. */
  readonly #readings: number[] = []
  #count = 0
  #grid: Grid | undefined
  #leastOffsetNs: bigint | undefined
  #scatters = false

  /** @param offsetNs - to the other clock, at about that reading: where it never scatters, readings are on a grid because the samples are. */
  add(readingNs: bigint, offsetNs: bigint): void {
    if (this.#count === 0 || Math.abs(Number(readingNs - this.#firstNs)) > exactMaxNs) this.#restart(readingNs)
    const sinceFirstNs = Number(readingNs - this.#firstNs)
    this.#leastOffsetNs ??= offsetNs
    this.#scatters ||= Math.abs(Number(offsetNs - this.#leastOffsetNs)) >= finestNs
    this.#readings[this.#count % keptReadings] = sinceFirstNs
    this.#count++
    const isDue = this.#count <= eagerReadings || this.#count % lookAgainEvery === 0
    if (isDue || this.#grid?.holds(sinceFirstNs) === false) this.#grid = this.#look()
  }

  // Doubles are exact for 104 days.
  #restart(readingNs: bigint): void {
    this.#firstNs = readingNs
    this.#readings.length = 0
    this.#count = 0
    this.#grid = undefined
  }

  /** 0 for a clock that is fine enough not to matter. */
  get ns(): number {
    if (this.#grid === undefined || (this.#grid.stepNs > coarsestShiftedNs && !this.#holdsZero(this.#grid) && !this.#scatters)) return 0
    const coarsest = this.#holdsZero(this.#grid) ? coarsestNs : coarsestShiftedNs
    return Math.min(coarsest, Math.ceil(this.#grid.stepNs - 1e-3))
  }

  get #zeroNs(): number {
    return Number(-this.#firstNs)
  }

  #holdsZero(grid: Grid): boolean {
    return Math.abs(this.#zeroNs) <= exactMaxNs && grid.holds(this.#zeroNs)
  }

  #look(): Grid | undefined {
    const places = distinct(this.#readings)
    const known = this.#grid === undefined ? [] : [this.#grid.stepNs] // seen once, it is not forgotten because the last readings are far apart
    const shifted = places.length < 3 ? gapGrid(places) : widestGrid(places, [...known, ...candidatesOf(places)])
    if (Math.abs(this.#zeroNs) > exactMaxNs) return shifted
    const withZero = distinct([...places, this.#zeroNs])
    if (withZero.length < 3) return roundGrid(this.#readings, this.#zeroNs)
    const through = widestGrid(withZero, candidatesOf(withZero))
    return shifted === undefined || (through !== undefined && through.stepNs > shifted.stepNs) ? through : shifted
  }
}

/** The widest of the grids of about these steps that hold the places. */
function widestGrid(places: readonly number[], steps: readonly number[]): Grid | undefined {
  const gaps = gapsOf(places).sort()
  let widest: Grid | undefined
  if (places.at(-1)! - places[0]! < shortestNs) return undefined
  for (const step of steps) {
    if (step < finestNs) continue
    const grid = fitGrid(places, gaps, step)
    if (grid !== undefined && grid.stepNs >= finestNs && grid.stepNs > (widest?.stepNs ?? 0)) widest = grid
  }
  return widest
}

/** The common divisors of gaps that are nearly as long, and of more and more of them: a reading beside the grid spoils a few. */
function candidatesOf(places: readonly number[]): number[] {
  const gaps = distinct(gapsOf(places)) // beats are often as far apart as the ones before
  const remainderNs = places.length === 3 ? roundedByNs : finestNs / 2
  let ofAll = gaps[0]!
  const candidates = [ofAll]
  for (let at = 1; at < gaps.length && at < candidatesMax; at++) {
    candidates.push(commonDivisor(gaps[at]!, gaps[at - 1]!, remainderNs))
    if (ofAll < finestNs) continue
    ofAll = commonDivisor(gaps[at]!, ofAll, remainderNs)
    candidates.push(ofAll)
  }
  return candidates
}

function gapsOf(places: readonly number[]): Float64Array {
  const gaps = new Float64Array(places.length - 1)
  for (let at = 0; at < gaps.length; at++) gaps[at] = places[at + 1]! - places[at]!
  return gaps
}

/** In ascending order; readings that differ by less than any step are one. */
function distinct(readings: Iterable<number>): number[] {
  const places: number[] = []
  for (const reading of Float64Array.from(readings).sort()) {
    if (places.length === 0 || reading - places[places.length - 1]! >= finestNs / 2) places.push(reading)
  }
  return places
}

/** One gap alone is no evidence, so only common steps are accepted: multiples of 0.1 ms, or a whole fraction of a second. The widest counts, to be safe. */
function gapGrid([from, to]: readonly number[]): Grid | undefined {
  if (from === undefined || to === undefined) return undefined
  const gapNs = to - from
  for (let steps = Math.ceil(gapNs / coarsestShiftedNs); steps <= Math.min(gapNs / finestOfGapNs, 1_000); steps++) {
    const perSecond = (steps * 1e9) / gapNs
    const isPart = Math.abs(perSecond - Math.round(perSecond)) <= (2 * perSecond) / gapNs
    if (isPart || gapNs % (steps * plausibleNs) === 0) return fitGrid([from, to], gapsOf([from, to]), gapNs / steps)
  }
  return undefined
}

/** From a single reading only a power of ten is accepted. */
function roundGrid(readings: readonly number[], zeroNs: number): Grid | undefined {
  for (let stepNs = coarsestNs; stepNs >= finestNs; stepNs /= 10) {
    const holds = (place: number): boolean => (place - zeroNs) % stepNs === 0
    if (readings.every(holds)) return { stepNs, holds }
  }
  return undefined
}
