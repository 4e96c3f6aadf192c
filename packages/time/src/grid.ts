/** Grids: places on a line that are, nearly all and nearly, whole numbers of steps apart. */
import { besideMax, nearNs } from './settings.ts'

/** What counts as a whole number of steps while the step is not known exactly, and how near a place is to a grid that it is on: readings are rounded. */
const nearShare = 1 / 8

export interface Grid {
  readonly stepNs: number
  holds(place: number): boolean
}

/** The greatest common divisor of two lengths that are known up to a little: a remainder so small is none. */
export function commonDivisor(a: number, b: number, remainderNs: number): number {
  while (b > remainderNs) [a, b] = [b, Math.abs(a - Math.round(a / b) * b)]
  return a
}

/**
 * The grid of about this step that the places lie on.
 *
 * The step is known the better the longer the distance that it is measured over, so far places are counted by what near ones have said.
 *
 * @param places - in ascending order.
 * @param gaps - between them, the shortest first.
 * @returns `undefined` when too many of them lie beside it.
 */
export function fitGrid(places: readonly number[], gaps: Float64Array, aboutNs: number): Grid | undefined {
  const roughNs = refined(gaps, aboutNs)
  if (roughNs === undefined) return undefined
  const start = startOf(places, roughNs)
  const fitted = leastSquares(places, start, roughNs)
  const holds = (place: number): boolean => {
    const steps = (place - fitted.originNs) / fitted.stepNs
    return Math.abs(steps - Math.round(steps)) * fitted.stepNs <= nearNs
  }
  const beside = places.reduce((count, place) => (holds(place) ? count : count + 1), 0)
  return beside <= besideMax * places.length ? { stepNs: fitted.stepNs, holds } : undefined
}

/** The step, from the shortest gap to the longest: each that fits makes it more exact. */
function refined(gaps: Float64Array, aboutNs: number): number | undefined {
  let stepNs = aboutNs
  let [products, squares, beside] = [0, 0, 0]
  for (const gap of gaps) {
    const steps = Math.round(gap / stepNs)
    if (steps === 0 || Math.abs(gap - steps * stepNs) > 2 * nearShare * stepNs) {
      if (++beside > 2 * besideMax * (gaps.length + 1)) return undefined // one place beside the grid spoils two gaps
      continue
    }
    products += steps * gap
    squares += steps * steps
    stepNs = products / squares
  }
  return stepNs
}

/** A place from which the next one is whole steps away: none beside the grid, most likely. */
function startOf(places: readonly number[], stepNs: number): number {
  for (let at = 1; at < places.length; at++) {
    const steps = (places[at]! - places[at - 1]!) / stepNs
    if (Math.abs(steps - Math.round(steps)) <= nearShare) return at - 1
  }
  return 0
}

/** Step and origin through all places that fit, each counted from the last that did. */
function leastSquares(places: readonly number[], start: number, stepNs: number): { readonly stepNs: number; readonly originNs: number } {
  const originNs = places[start]!
  let [count, n, nn, x, nx, last, lastSteps] = [1, 0, 0, 0, 0, originNs, 0]
  for (let at = start + 1; at < places.length; at++) {
    const gap = places[at]! - last
    const steps = Math.round(gap / stepNs)
    if (Math.abs(gap - steps * stepNs) > nearShare * stepNs) continue
    last = places[at]!
    lastSteps += steps
    const far = last - originNs
    count++
    n += lastSteps
    nn += lastSteps * lastSteps
    x += far
    nx += lastSteps * far
  }
  const spread = count * nn - n * n
  if (spread === 0) return { stepNs, originNs }
  const slope = (count * nx - n * x) / spread
  return { stepNs: slope, originNs: originNs + (x - slope * n) / count }
}
