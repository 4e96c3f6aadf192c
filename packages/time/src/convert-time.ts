/**
 * What another clock shows at an instant.
 *
 * Known relations between clocks are the edges of a graph, and the conversion takes the path with the least uncertainty. Without a path there is no answer:
 * wall clocks of two peers are never assumed to agree.
 */
import { ConvertTimeError } from './errors.ts'
import { isI64, max, u64Max } from './numbers.ts'
import { type ClockRef, sameClock } from './session-clock.ts'
import { conversionStepsMax } from './settings.ts'
import type { TimeStep } from './steps.ts'
import type { Direction } from './time-transform.ts'

/** What a conversion may be made from. */
export interface ConvertTimeOptions {
  /** Leaves out steps whose measurement is further away from the instant than this. Default: any age. */
  readonly maxAgeNs?: bigint
  /** A log's offset is not interpolated over a jump of this much. Default 10 ms. */
  readonly discontinuityNs?: bigint
}

/** One step of a conversion, in the direction it was taken: `offsetNs` = `to` − `from`. */
export interface ConvertedStep {
  /** A live estimate, the domain clock, or a log. */
  readonly kind: TimeStep['kind']
  /** The clock it starts at. */
  readonly from: ClockRef
  /** The clock it leads to. */
  readonly to: ClockRef
  /** What the step adds to an instant. */
  readonly offsetNs: bigint
  /** How wrong {@link offsetNs} can be. */
  readonly uncertaintyNs: bigint
}

/** An instant on another clock; nanoseconds. */
export interface ConvertedTime {
  /** What the clock asked about shows at that instant. */
  readonly timeNs: bigint
  /** `timeNs` minus the instant asked about. */
  readonly offsetNs: bigint
  /** Summed over the path. */
  readonly uncertaintyNs: bigint
  /** The greatest on the path. */
  readonly ageNs: bigint
  /** The steps taken, in order; none for a clock against itself. */
  readonly path: readonly ConvertedStep[]
}

/**
 * The reading of clock `to` at the instant at which clock `from` reads `tNs`, along at most 4 of the given steps, each taken forward or backward, with
 * the least summed uncertainty; on a tie with fewer steps, then by clock ids.
 *
 * @throws ConvertTimeError `no-path`, `stale` when only too old steps would connect the two, `conversion-out-of-range`.
 */
export function convertTime(
  steps: readonly TimeStep[],
  from: ClockRef,
  to: ClockRef,
  tNs: bigint,
  options: ConvertTimeOptions = {}
): ConvertedTime {
  const start: ConvertedTime = { timeNs: tNs, offsetNs: 0n, uncertaintyNs: 0n, ageNs: 0n, path: [] }
  if (sameClock(from, to)) return start
  const { maxAgeNs, ...anyAge } = options
  const fresh = new Search(steps, to, options)
  fresh.walk({ clock: from, time: start, failure: undefined })
  if (fresh.best !== undefined) return fresh.best

  if (maxAgeNs !== undefined) {
    const aged = new Search(steps, to, anyAge)
    aged.walk({ clock: from, time: start, failure: undefined })
    if (aged.best !== undefined) throw stale(from, to, aged.best.ageNs, maxAgeNs)
  }
  throw fresh.failure ?? noPath(from, to)
}

interface Visit {
  readonly clock: ClockRef
  readonly time: ConvertedTime
  /** Where the range was left. The walk goes on, to learn whether that is what stands between the two clocks. */
  readonly failure: ConvertTimeError | undefined
}

/** Depth first over paths that visit no clock twice; what is already less certain than the best answer is not followed. */
class Search {
  best: ConvertedTime | undefined
  failure: ConvertTimeError | undefined
  readonly #legs: ReadonlyMap<string, readonly Leg[]>
  readonly #goal: ClockRef
  readonly #options: ConvertTimeOptions

  constructor(steps: readonly TimeStep[], goal: ClockRef, options: ConvertTimeOptions) {
    this.#legs = Map.groupBy(steps.flatMap(bothWays), (leg) => keyOf(leg.from))
    this.#goal = goal
    this.#options = options
  }

  walk(visit: Visit): void {
    for (const leg of this.#legs.get(keyOf(visit.clock)) ?? []) {
      if (sameClock(leg.to, visit.clock) || visit.time.path.some((step) => sameClock(step.from, leg.to))) continue
      const next = this.#take(leg, visit)
      if (next === undefined || (this.best !== undefined && next.time.uncertaintyNs > this.best.uncertaintyNs)) continue
      if (sameClock(next.clock, this.#goal)) this.#arrive(next)
      else if (next.time.path.length < conversionStepsMax) this.walk(next)
    }
  }

  #take(leg: Leg, { time, failure }: Visit): Visit | undefined {
    const { maxAgeNs, discontinuityNs } = this.#options
    const reading = leg.step.read(time.timeNs, leg.direction, discontinuityNs)
    if (reading === undefined || (maxAgeNs !== undefined && reading.ageNs > maxAgeNs)) return undefined
    const { offsetNs, uncertaintyNs } = reading
    const next: ConvertedTime = {
      timeNs: time.timeNs + offsetNs,
      offsetNs: time.offsetNs + offsetNs,
      uncertaintyNs: time.uncertaintyNs + uncertaintyNs,
      ageNs: max(time.ageNs, reading.ageNs),
      path: [...time.path, { kind: leg.step.kind, from: leg.from, to: leg.to, offsetNs, uncertaintyNs }]
    }
    const inRange = isI64(next.timeNs) && isI64(next.offsetNs) && next.uncertaintyNs <= u64Max
    return { clock: leg.to, time: next, failure: failure ?? (inRange ? undefined : outOfRange(time.timeNs, offsetNs)) }
  }

  #arrive({ time, failure }: Visit): void {
    if (failure !== undefined) this.failure ??= failure
    else if (this.best === undefined || compare(time, this.best) < 0) this.best = time
  }
}

interface Leg {
  readonly step: TimeStep
  readonly direction: Direction
  /** The clock it starts at. */
  readonly from: ClockRef
  /** The clock it leads to. */
  readonly to: ClockRef
}

function bothWays(step: TimeStep): Leg[] {
  return [
    { step, direction: 'forward', from: step.from, to: step.to },
    { step, direction: 'backward', from: step.to, to: step.from }
  ]
}

function compare(a: ConvertedTime, b: ConvertedTime): number {
  if (a.uncertaintyNs !== b.uncertaintyNs) return a.uncertaintyNs < b.uncertaintyNs ? -1 : 1
  if (a.path.length !== b.path.length) return a.path.length - b.path.length
  const differing = a.path.findIndex((step, index) => !sameClock(step.to, b.path[index]!.to))
  return differing < 0 ? 0 : compareClocks(a.path[differing]!.to, b.path[differing]!.to)
}

function compareClocks(a: ClockRef, b: ClockRef): number {
  if (a.id !== b.id) return a.id < b.id ? -1 : 1
  return a.hash < b.hash ? -1 : 1
}

function keyOf(clock: ClockRef): string {
  return JSON.stringify([clock.id, clock.hash])
}

function noPath(from: ClockRef, to: ClockRef): ConvertTimeError {
  const message = `nothing connects clock "${from.id}" with clock "${to.id}": record a TimeTransform log between them or wait for clock samples`
  return new ConvertTimeError('no-path', message, { from: { ...from }, to: { ...to } })
}

function stale(from: ClockRef, to: ClockRef, ageNs: bigint, maxAgeNs: bigint): ConvertTimeError {
  const message = `what connects clock "${from.id}" with clock "${to.id}" is ${ageNs} ns away from the instant, asked for at most ${maxAgeNs} ns`
  return new ConvertTimeError('stale', message, { ageNs, maxAgeNs })
}

function outOfRange(timeNs: bigint, offsetNs: bigint): ConvertTimeError {
  const message = `the conversion of ${timeNs} ns with the offset ${offsetNs} ns leaves the range of an i64`
  return new ConvertTimeError('conversion-out-of-range', message, { timeNs, offsetNs })
}
