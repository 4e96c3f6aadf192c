import { describe, expect, test } from 'vitest'
import { hullBelow, possibleLines } from './support-lines.ts'

const rateMax = 250e-6

type Point = readonly [time: number, value: number]

const pointsOf = (...points: Point[]) => ({
  times: Float64Array.from(points, ([time]) => time),
  values: Float64Array.from(points, ([, value]) => value)
})

function linesBetween(upper: Point[], lower: Point[], { wander = 0, slack = 0 } = {}) {
  const negated = lower.map(([time, value]): Point => [time, -value])
  return possibleLines(hullBelow(pointsOf(...upper)), hullBelow(pointsOf(...negated)), { wander, rateMax, slack })
}

describe('hullBelow', () => {
  test('keeps the corners that a line from below can touch', () => {
    expect(hullBelow(pointsOf([0, 5], [1, 9], [2, 1], [3, 3], [4, 3], [5, 6]))).toEqual({ times: [0, 2, 4, 5], values: [5, 1, 3, 6] })
  })

  test('of two points at one instant keeps the lower, whichever comes first', () => {
    expect(hullBelow(pointsOf([0, 5], [0, 3], [1, 2], [1, 4]))).toEqual({ times: [0, 1], values: [3, 2] })
  })
})

describe('possibleLines', () => {
  test('one sample: every rate, between its two bounds', () => {
    const region = linesBetween([[0, 10]], [[0, 2]])!
    expect([region.rates[0], region.rates.at(-1)]).toEqual([-rateMax, rateMax])
    expect(new Set(region.tops)).toEqual(new Set([10]))
    expect(new Set(region.bottoms)).toEqual(new Set([2]))
  })

  test('two samples bound the rate: steepest from the first lower to the last upper bound', () => {
    const region = linesBetween(
      [
        [-1e6, 100],
        [0, 120]
      ],
      [
        [-1e6, 0],
        [0, 20]
      ]
    )!
    expect(region.rates[0]).toBeCloseTo(-80e-6, 9)
    expect(region.rates.at(-1)).toBeCloseTo(120e-6, 9)
    const steepest = region.rates.length - 1
    expect([region.tops[steepest], region.bottoms[steepest]]).toEqual([expect.closeTo(120), expect.closeTo(120)])
  })

  test('no line between bounds that contradict each other, unless they may be wrong by as much', () => {
    expect(
      linesBetween(
        [
          [-1e6, 100],
          [0, 900]
        ],
        [
          [-1e6, 0],
          [0, 600]
        ]
      )
    ).toBeUndefined()
    expect(
      linesBetween(
        [
          [-1e6, 100],
          [0, 900]
        ],
        [
          [-1e6, 0],
          [0, 600]
        ],
        { slack: 130 }
      )
    ).toBeDefined()
    expect(linesBetween([[0, 1]], [[0, 2]])).toBeUndefined()
  })

  test('rates that may have wandered loosen old bounds, not the present ones', () => {
    const old = linesBetween([[-1e6, 10]], [[-1e6, 0]], { wander: 50e-6 })!
    const at0 = old.rates.indexOf(0)
    expect([old.tops[at0], old.bottoms[at0]]).toEqual([expect.closeTo(60), expect.closeTo(-50)])
    const present = linesBetween([[0, 10]], [[0, 0]], { wander: 50e-6 })!
    expect([present.tops[0], present.bottoms[0]]).toEqual([10, 0])
  })
})

/** What the polygon says is what trying every line says. */
test('equals brute force over many random sets of bounds', () => {
  let seed = 1
  const random = () => {
    seed = (seed * 48271) % 2147483647
    return seed / 2147483647
  }
  for (let round = 0; round < 200; round++) {
    const rate = (random() - 0.5) * 300e-6
    const at = (time: number, queue: number): Point => [time, rate * time + queue]
    const times = Array.from({ length: 1 + Math.floor(random() * 12) }, () => -random() * 1e6).sort((a, b) => a - b)
    const upper = times.map((time) => at(time, random() * 100))
    const lower = times.map((time) => at(time, -random() * 100))
    const [wander, slack] = [random() * 20e-6, random() * 5]
    const region = linesBetween(upper, lower, { wander, slack })!
    for (let at = 0; at < region.rates.length; at++) {
      const tried = region.rates[at]!
      const top = Math.min(...upper.map(([time, value]) => value - tried * time - wander * time)) + slack
      const bottom = Math.max(...lower.map(([time, value]) => value - tried * time + wander * time)) - slack
      expect(region.tops[at]).toBeCloseTo(top, 6)
      expect(region.bottoms[at]).toBeCloseTo(bottom, 6)
      expect(top - bottom).toBeGreaterThan(-1e-6)
    }
    expect(region.rates[0]! <= rate && rate <= region.rates.at(-1)!).toBe(true)
  }
})
