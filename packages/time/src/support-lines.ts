/**
 * The lines along which the offset can have run.
 *
 * Draw every upper bound of the offset over time as a nail above the line and every lower bound as one below: the line has to pass between them. All
 * lines that do are a convex polygon over (rate, offset), and only the nails on the two convex hulls hold it. Its extent at an instant is what is
 * certain about the offset then, whatever the path did to single messages.
 *
 * Clocks do not run at a constant rate. In the past the rate may have been off its present one by up to the `wander`, so a bound of age A is taken
 * `wander × A` looser: the upper ones by turning them about the present, the lower ones the other way.
 */

/** Points in the order of time: the present is 0, the past negative. */
export interface Points {
  readonly times: Float64Array
  readonly values: Float64Array
}

/** The corners of a lower convex hull, in the order of time. */
export interface Hull {
  readonly times: readonly number[]
  readonly values: readonly number[]
}

/** The lines that are possible, over their rates in ascending order: the present offset is between bottom and top, and both are linear in between. */
export interface Region {
  readonly rates: readonly number[]
  readonly tops: readonly number[]
  readonly bottoms: readonly number[]
}

/** The corners that a line from below can touch. */
export function hullBelow(points: Points): Hull {
  const times: number[] = []
  const values: number[] = []
  for (let index = 0; index < points.times.length; index++) {
    const time = points.times[index]!
    const value = points.values[index]!
    while (isHidden(times, values, time, value)) {
      times.pop()
      values.pop()
    }
    if (times.length > 0 && times[times.length - 1] === time) continue
    times.push(time)
    values.push(value)
  }
  return { times, values }
}

/** Whether the last corner is on or above the chord from the one before it to the new point. Of two points at one instant the lower counts. */
function isHidden(times: readonly number[], values: readonly number[], time: number, value: number): boolean {
  const last = times.length - 1
  if (last < 0) return false
  if (times[last] === time) return value <= values[last]!
  if (last === 0) return false
  const elapsed = times[last]! - times[last - 1]!
  return (values[last]! - values[last - 1]!) * (time - times[last - 1]!) >= (value - values[last - 1]!) * elapsed
}

/**
 * The lines above no upper and below no lower bound.
 *
 * @param upper - of the upper bounds.
 * @param negatedLower - of the lower bounds, times −1.
 * @param given - by how much rates `wander`, how large they can be, and by how much a bound itself may be wrong (`slack`).
 * @returns `undefined` when there is none: the bounds are of different clocks.
 */
export function possibleLines(upper: Hull, negatedLower: Hull, given: Given): Region | undefined {
  const { wander, slack } = given
  const region = { rates: [] as number[], tops: [] as number[], bottoms: [] as number[] }
  let above = 0
  let below = negatedLower.times.length - 1
  let before: { rate: number; top: number; bottom: number } | undefined
  for (const rate of cuts(upper, negatedLower, given)) {
    above = touching(upper, rate + wander, above)
    below = touching(negatedLower, wander - rate, below)
    const top = height(upper, rate + wander, above) + slack
    const bottom = -height(negatedLower, wander - rate, below) - slack
    const corner = { rate, top, bottom }
    if (before !== undefined && before.top < before.bottom !== top < bottom) push(region, crossing(before, corner))
    if (top >= bottom) push(region, corner)
    before = corner
  }
  return region.rates.length === 0 ? undefined : region
}

export interface Given {
  readonly wander: number
  readonly rateMax: number
  readonly slack: number
}

type Corner = { rate: number; top: number; bottom: number }

function push(region: { rates: number[]; tops: number[]; bottoms: number[] }, { rate, top, bottom }: Corner): void {
  region.rates.push(rate)
  region.tops.push(top)
  region.bottoms.push(bottom)
}

/** Where top and bottom meet between two corners. */
function crossing(a: Corner, b: Corner): Corner {
  const share = (a.top - a.bottom) / (a.top - a.bottom - (b.top - b.bottom))
  const meet = a.top + share * (b.top - a.top)
  return { rate: a.rate + share * (b.rate - a.rate), top: meet, bottom: meet }
}

/** The rates at which the line changes the corner that it touches, and the ends of the range; 0 is one of them. */
function cuts(upper: Hull, negatedLower: Hull, { wander, rateMax }: Given): Float64Array {
  const rates = [-rateMax, 0, rateMax]
  const cut = (rate: number): void => {
    if (rate > -rateMax && rate < rateMax) rates.push(rate)
  }
  for (const slope of slopes(upper)) cut(slope - wander)
  for (const slope of slopes(negatedLower)) cut(wander - slope)
  return Float64Array.from(rates).sort()
}

function slopes({ times, values }: Hull): number[] {
  const slopes: number[] = []
  for (let at = 1; at < times.length; at++) slopes.push((values[at]! - values[at - 1]!) / (times[at]! - times[at - 1]!))
  return slopes
}

/** How high a line of this slope through the corner is at present. */
function height({ times, values }: Hull, slope: number, at: number): number {
  return values[at]! - slope * times[at]!
}

/** The corner that a line of this slope touches from below, searched from a corner nearby. */
function touching(hull: Hull, slope: number, from: number): number {
  let at = from
  while (at + 1 < hull.times.length && height(hull, slope, at + 1) <= height(hull, slope, at)) at++
  while (at > 0 && height(hull, slope, at - 1) < height(hull, slope, at)) at--
  return at
}
