/** What a seed stands for: which clocks, which paths between them, what goes wrong. Every part of the mix gets as many seeds as any other. */
import { Random } from '../sim/random.ts'

export const msNs = 1e6
export const secondNs = 1e9

/** How differently the two clocks run; `any` up to 100 ppm, and nudged by a time daemon. */
export const drifts = ['0 ppm', '±20 ppm', '±100 ppm', 'any'] as const

/** What the paths and the machines do. Queues and spikes there are in all of them. */
export const weathers = ['queues', 'asymmetric', 'bursts', 'losses', 'suspends', 'coarse'] as const

export type Drift = (typeof drifts)[number]
export type Weather = (typeof weathers)[number]

/** A part of the mix. */
export type Part = `${Drift}, ${Weather}`

/** All parts, in the order of their seeds. */
export const parts: readonly Part[] = weathers.flatMap((weather) => drifts.map((drift): Part => `${drift}, ${weather}`))

/** Which part of the mix a seed belongs to. */
export function partOf(seed: number): Part {
  return parts[seed % parts.length]!
}

/** One direction of a path; nanoseconds. */
export interface PathPlan {
  readonly shortest: number
  /** Mean of the exponential queue. */
  readonly queue: number
  /** Congestion that comes again and again: `height` at its worst. */
  readonly burst?: { readonly every: number; readonly lasts: number; readonly height: number }
  /** Another route from an instant on takes so much longer. */
  readonly detour?: { readonly at: number; readonly by: number }
  /** Share of messages that are late by 20 to 220 ms; 1 % unless told otherwise. */
  readonly spikes?: number
}

/** An interval of true time; nanoseconds. */
export interface Span {
  readonly from: number
  readonly to: number
}

export interface ClockPlan {
  /** Nanoseconds per nanosecond, from true time. */
  readonly rate: number
  /** Temperature: the rate swings by as much, so slowly. */
  readonly swing: number
  readonly swingNs: number
  readonly phase: number
  /** A time daemon's nudges: the rate is off by this much from an instant on. */
  readonly nudges: readonly { readonly at: number; readonly by: number }[]
  /** When it stands still, with its machine. */
  readonly suspends: readonly Span[]
  /** Need not be whole; readings are rounded to nanoseconds. */
  readonly stepNs: number
  /** Where a tick is. */
  readonly tickAtNs?: number
}

/** Exchanges in quick succession, now and then, of which the sharpest count. */
export interface RowsPlan {
  readonly every: number
  readonly rounds: number
  readonly there: PathPlan
  readonly back: PathPlan
}

export interface Plan {
  readonly seed: number
  readonly drift: Drift
  readonly weather: Weather
  readonly lastsNs: number
  readonly local: ClockPlan
  readonly remote: ClockPlan
  readonly there: PathPlan
  readonly back: PathPlan
  /** Share of heartbeats that never arrive. */
  readonly loss: number
  /** When nothing arrives. */
  readonly outages: readonly Span[]
  /** Exchanges right after joining. */
  readonly quickExchanges: number
  readonly rows?: RowsPlan
}

export function planOf(seed: number): Plan {
  const random = new Random(seed, 1)
  const drift = drifts[seed % drifts.length]!
  const weather = weathers[Math.floor(seed / drifts.length) % weathers.length]!
  const lastsNs = random.between(60, 240) * secondNs
  const shortest = random.chance(0.5) ? 0 : random.between(0.05, 0.5) * msNs
  const congested = random.below(2)
  const path = (direction: number): PathPlan => ({
    shortest: shortest + (weather === 'asymmetric' && direction === congested ? random.between(0.1, 1) * msNs : 0),
    queue: 0.2 * msNs * 100 ** random.next(),
    ...(weather === 'bursts' && direction === congested && { burst: burst(random) })
  })
  return {
    seed,
    drift,
    weather,
    lastsNs,
    ...clocks(random, drift, weather, lastsNs),
    there: path(0),
    back: path(1),
    loss: weather === 'losses' ? random.between(0.1, 0.4) : 0.01,
    outages: weather === 'losses' ? spans(random, lastsNs, 3, 2, 10) : [],
    quickExchanges: random.chance(0.5) ? 4 : 0
  }
}

function burst(random: Random): NonNullable<PathPlan['burst']> {
  return { every: random.between(20, 40) * secondNs, lasts: random.between(2, 10) * secondNs, height: random.between(5, 200) * msNs }
}

function clocks(random: Random, drift: Drift, weather: Weather, lastsNs: number): { local: ClockPlan; remote: ClockPlan } {
  const apart = { '0 ppm': 0, '±20 ppm': 20e-6, '±100 ppm': 100e-6, any: random.between(0, 100e-6) }[drift] * (random.chance(0.5) ? 1 : -1)
  const localRate = random.between(-50e-6, 50e-6)
  const sleeper = random.below(2)
  const plan = (who: number, rate: number): ClockPlan => ({
    rate,
    swing: random.between(0, 0.5e-6),
    swingNs: random.between(120, 600) * secondNs,
    phase: random.between(0, 2 * Math.PI),
    nudges: drift === 'any' ? nudges(random, lastsNs) : [],
    suspends: weather === 'suspends' && who === sleeper ? spans(random, lastsNs, 1, 1, 60) : [],
    stepNs: weather === 'coarse' && who === sleeper ? random.pick([5_000, 100_000, 1_000_000, 16_667_000]) : 1
  })
  return { local: plan(0, localRate), remote: plan(1, (1 + localRate) * (1 + apart) - 1) }
}

// Both clocks are nudged, each by as much: together they stay within what the rates of two clocks may wander.
function nudges(random: Random, lastsNs: number): ClockPlan['nudges'] {
  const nudges = []
  for (let at = random.between(0, 60) * secondNs; at < lastsNs; at += random.between(20, 120) * secondNs) {
    nudges.push({ at, by: random.between(-2e-6, 2e-6) })
  }
  return nudges
}

/** Up to `most` intervals of `shortest` to `longest` seconds. */
function spans(random: Random, lastsNs: number, most: number, shortest: number, longest: number): Span[] {
  const share = lastsNs / most
  return Array.from({ length: most }, (_, part) => {
    const from = (part + random.between(0.1, 0.5)) * share
    return { from, to: from + random.between(shortest, Math.min(longest, (0.4 * share) / secondNs)) * secondNs }
  })
}
