/**
 * The likely line among all that are possible.
 *
 * A message is delayed by what the path always takes and by queues. Queues are mostly short and sometimes long, much like an exponential
 * distribution, on each direction with a mean of its own. Then the density of a line, given all bounds, is an exponential of sums that are linear
 * between the corners of the region, and its mean has a closed form. The mean lies a little inside the region: where bounds are many, close to
 * the sharpest of them; where they are few, further away.
 */
import { shortestQueueNs } from './settings.ts'
import type { Points, Region } from './support-lines.ts'

/** An offset at present and the rate at which it grows; nanoseconds, and nanoseconds per nanosecond. */
export interface Line {
  readonly offset: number
  readonly rate: number
}

/** Crystals are mostly closer to each other than this, though some are not. */
const usualRate = 50e-6

/**
 * The mean of the possible lines.
 *
 * @param upper - the upper bounds.
 * @param negatedLower - the lower bounds, values times −1.
 * @param wander - as the region was made with: what is older says less about the present.
 */
export function likelyLine(region: Region, upper: Points, negatedLower: Points, wander: number): Line {
  const { rate, top, bottom } = usualCorner(region)
  const above = pull(upper, queueNs(upper, rate, top, top - bottom), wander)
  const below = pull(negatedLower, queueNs(negatedLower, -rate, -bottom, top - bottom), wander)
  const logDensity = region.rates.map(
    (rate, at) =>
      above.weight * region.tops[at]! -
      below.weight * region.bottoms[at]! +
      (above.moment - below.moment) * rate -
      Math.abs(rate) / usualRate
  )
  const middle = (at: number) => {
    const [top, bottom] = [region.tops[at]!, region.bottoms[at]!]
    return (top - looseness(above.weight, top - bottom) + bottom + looseness(below.weight, top - bottom)) / 2
  }
  return mean(region.rates, logDensity, middle)
}

/** A line in the middle of the gap, at a usual rate where the gap is wide: queues are measured from it. */
function usualCorner({ rates, tops, bottoms }: Region): { rate: number; top: number; bottom: number } {
  const share = (at: number) => (tops[at]! - bottoms[at]!) * Math.exp(-Math.abs(rates[at]!) / usualRate)
  let usual = 0
  for (let at = 1; at < rates.length; at++) if (share(at) > share(usual)) usual = at
  return { rate: rates[usual]!, top: tops[usual]!, bottom: bottoms[usual]! }
}

const queuesLooked = 48

/** The mean queue in one direction: bursts and spikes do not move the median, from which it is taken. With few bounds the gap between the two sides counts. */
function queueNs({ times, values }: Points, rate: number, offset: number, gap: number): number {
  const step = Math.ceil(times.length / queuesLooked)
  const queues = new Float64Array(Math.ceil(times.length / step))
  for (let at = 0; at < queues.length; at++) queues[at] = Math.max(0, values[at * step]! - rate * times[at * step]! - offset)
  const median = queues.sort()[(queues.length - 1) >> 1]!
  return Math.max(shortestQueueNs, median / Math.LN2 + gap / 2 / times.length)
}

/** How strongly the bounds of one direction pull the line towards them, at present and by their place in time. */
function pull({ times }: Points, queue: number, wander: number): { weight: number; moment: number } {
  let weight = 0
  let moment = 0
  for (const time of times) {
    const share = 1 / (queue - wander * time)
    weight += share
    moment += share * time
  }
  return { weight, moment }
}

/** How far inside of its sharpest bound a side of the path still is: what many queues leave, but no more than half the gap. */
function looseness(weight: number, gap: number): number {
  return gap / (weight * gap + 2)
}

/**
 * The mean rate and the mean of `middle`, with a log density and a middle that are linear between the rates. Two processes of one
 * machine share a clock and have exactly the same rate, so equal rates are assumed until the samples say otherwise.
 */
function mean(rates: readonly number[], logDensity: readonly number[], middle: (at: number) => number): Line {
  const peak = Math.max(...logDensity)
  let mass = 0
  let rate = 0
  let offset = 0
  for (let at = 1; at < rates.length; at++) {
    const [from, to] = [logDensity[at - 1]! - peak, logDensity[at]! - peak]
    const width = rates[at]! - rates[at - 1]!
    const part = width * meanExponential(from, to)
    const share = meanPlace(to - from)
    mass += part
    rate += part * (rates[at - 1]! + share * width)
    offset += part * (middle(at - 1) + share * (middle(at) - middle(at - 1)))
  }
  const same = rates.indexOf(0)
  if (same >= 0) {
    const part = 2 * usualRate * Math.exp(logDensity[same]! - peak)
    mass += part
    offset += part * middle(same)
  }
  return mass > 0 ? { offset: offset / mass, rate: rate / mass } : { offset: middle(0), rate: rates[0]! }
}

/** The mean of e^x from one exponent to the other. */
function meanExponential(from: number, to: number): number {
  const fall = Math.abs(to - from)
  return Math.exp(Math.max(from, to)) * (fall < 1e-6 ? 1 : -Math.expm1(-fall) / fall)
}

/** Where in [0, 1] the mean of a density lies whose logarithm grows linearly by `change`. */
function meanPlace(change: number): number {
  return Math.abs(change) < 1e-3 ? 0.5 + change / 12 : 1 / -Math.expm1(-change) - 1 / change
}
