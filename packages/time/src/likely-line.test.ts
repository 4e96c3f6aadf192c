import { describe, expect, test } from 'vitest'
import { likelyLine } from './likely-line.ts'
import { hullBelow, type Points, possibleLines } from './support-lines.ts'

const wander = 0.5e-6
const rateMax = 250e-6
const secondNs = 1e9

/** Repeatable numbers in (0, 1). */
function randomOf(seed: number): () => number {
  let state = seed
  return () => {
    state = (state * 48271) % 2147483647
    return state / 2147483647
  }
}

/** The bounds of exchanges twice a second, of an offset that is 0 at present and grows with `rate`; mean queues in ns. */
function bounds(
  random: () => number,
  count: number,
  rate: number,
  queues: { there: number; back: number }
): { upper: Points; negatedLower: Points } {
  const times = Float64Array.from({ length: count }, (_, index) => (index - count + 1) * 0.5 * secondNs)
  const queue = (mean: number) => -mean * Math.log(random())
  return {
    upper: { times, values: times.map((time) => rate * time + queue(queues.there)) },
    negatedLower: { times, values: times.map((time) => -rate * time + queue(queues.back)) }
  }
}

function linesOf({ upper, negatedLower }: { upper: Points; negatedLower: Points }) {
  return possibleLines(hullBelow(upper), hullBelow(negatedLower), { wander, rateMax, slack: 0 })!
}

/** Mean errors of the likely line and of the middle between the bounds where they are furthest apart. */
function meanErrors(count: number, queues: { there: number; back: number }): { likely: number; middle: number } {
  let [likely, middle] = [0, 0]
  for (let seed = 1; seed <= 200; seed++) {
    const points = bounds(randomOf(seed * 7919), count, 30e-6, queues)
    const region = linesOf(points)
    const gaps = region.tops.map((top, at) => top - region.bottoms[at]!)
    const widest = gaps.indexOf(Math.max(...gaps))
    likely += Math.abs(likelyLine(region, points.upper, points.negatedLower, wander).offset) / 200
    middle += Math.abs(region.tops[widest]! + region.bottoms[widest]!) / 2 / 200
  }
  return { likely, middle }
}

describe('likelyLine', () => {
  test('is nearer to the truth than the middle of what is possible, most of all when one direction is congested', () => {
    const even = meanErrors(40, { there: 1e6, back: 1e6 })
    expect(even.likely).toBeLessThan(even.middle)
    const uneven = meanErrors(40, { there: 20e6, back: 0.5e6 })
    expect(uneven.likely).toBeLessThan(0.8 * uneven.middle)
  })

  test('is the same seen from the other clock', () => {
    const points = bounds(randomOf(5), 6, -40e-6, { there: 1e6, back: 2e6 })
    const swapped = { upper: points.negatedLower, negatedLower: points.upper }
    const here = likelyLine(linesOf(points), points.upper, points.negatedLower, wander)
    const there = likelyLine(linesOf(swapped), swapped.upper, swapped.negatedLower, wander)
    expect(there.rate).toBeCloseTo(-here.rate, 12)
    expect(there.offset).toBeCloseTo(-here.offset, 3)
    expect(Math.abs(here.rate)).toBeGreaterThan(1e-6)
  })

  test('without any hint at the rate, rates are taken for alike', () => {
    const one = { upper: pointAt(100), negatedLower: pointAt(60) }
    const { offset, rate } = likelyLine(linesOf(one), one.upper, one.negatedLower, wander)
    expect(offset).toBeCloseTo(20, 6)
    expect(rate).toBeCloseTo(0, 12)
  })

  test('bounds of which one side is useless do not drag it out of what is possible', () => {
    const points = bounds(randomOf(9), 5, 0, { there: 1e3, back: 1e9 })
    const region = linesOf(points)
    const { offset, rate } = likelyLine(region, points.upper, points.negatedLower, wander)
    expect(offset).toBeLessThanOrEqual(Math.max(...region.tops))
    expect(offset).toBeGreaterThanOrEqual(Math.min(...region.bottoms))
    expect(Math.abs(rate)).toBeLessThan(rateMax)
  })
})

function pointAt(value: number): Points {
  return { times: Float64Array.of(0), values: Float64Array.of(value) }
}
