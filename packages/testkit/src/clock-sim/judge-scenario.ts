/** The verdict on one scenario: our estimator beside the lowest-uncertainty pick of the same samples, and the aims. */
import type * as TimePackage from '@auki/time'
import type { ClockSample } from '@auki/time'
import { Random } from '../sim/random.ts'
import { type Exchange, exchangesOf } from './clock-exchanges.ts'
import { msNs, type Plan } from './clock-plan.ts'
import { scenarioPlan } from './scenarios.ts'
import { SimClock } from './simulated-clock.ts'

const [local, remote] = [
  { id: 'local', hash: 'local hash' },
  { id: 'remote', hash: 'remote hash' }
]

/** Readings count from here on: with fewer samples the rate and the step of a coarse clock are not known. */
const samplesMin = 4

/** Between clocks without steps, what is stated is no more than the shortest path in the window, and so much for the age of the samples. */
const beyondPathMax = 5 * msNs
/** A wanted clock is read at least that often. */
const ageMax = 60e9
const windowNs = 120_000_000_000n

export interface ScenarioVerdict {
  readonly name: string
  readonly readings: number
  readonly ours: { readonly p50: number; readonly p99: number }
  readonly pick: { readonly p50: number; readonly p99: number }
  readonly stated: { readonly p50: number; readonly p99: number }
  readonly bound: { readonly p50: number; readonly p99: number }
  readonly containment: number
  /** Share of readings whose statement is no larger than its bound. */
  readonly withinBound: number
  /** The oldest estimate that was read. */
  readonly oldest: number
  readonly missed: readonly string[]
}

/** Runs a scenario with some seeds. All sizes in nanoseconds. */
export function judgeScenario(time: typeof TimePackage, name: string, seeds: readonly number[]): ScenarioVerdict {
  const sum = {
    ours: [] as number[],
    pick: [] as number[],
    stated: [] as number[],
    bound: [] as number[],
    contained: 0,
    all: 0,
    within: 0,
    beyondPath: 0,
    oldest: 0
  }
  for (const seed of seeds) {
    const plan = scenarioPlan(name, seed)
    const pair = new Pair(time, plan)
    const random = new Random(seed, 12)
    let at = 0
    for (const exchange of exchangesOf(plan)) {
      for (; at < exchange.knownAt; at += random.between(20, 200) * msNs) {
        const reading = pair.read(at)
        if (reading === undefined) continue
        if (!reading.counts) continue
        sum.all++
        if (reading.ours <= reading.stated) sum.contained++
        if (reading.stated <= reading.bound) sum.within++
        if (reading.stated > reading.path + beyondPathMax) sum.beyondPath++
        sum.oldest = Math.max(sum.oldest, reading.age)
        for (const size of ['ours', 'pick', 'stated', 'bound'] as const) sum[size].push(reading[size])
      }
      pair.observe(exchange)
    }
  }
  return verdict(name, sum)
}

type Sums = Record<'ours' | 'pick' | 'stated' | 'bound', number[]> &
  Record<'contained' | 'all' | 'within' | 'beyondPath' | 'oldest', number>

function verdict(name: string, sum: Sums): ScenarioVerdict {
  const quantiles = (sizes: number[]) => {
    const sorted = Float64Array.from(sizes).sort()
    return { p50: sorted[Math.floor(sorted.length * 0.5)]!, p99: sorted[Math.floor(sorted.length * 0.99)]! }
  }
  const [ours, pick, stated, bound] = [quantiles(sum.ours), quantiles(sum.pick), quantiles(sum.stated), quantiles(sum.bound)]
  const containment = sum.contained / sum.all
  const withinBound = sum.within / sum.ours.length
  const missed: string[] = []
  for (const share of ['p50', 'p99'] as const) {
    if (ours[share] > 1.05 * pick[share] + 1_000) missed.push(`${share} of the error`)
    if (stated[share] > bound[share]) missed.push(`${share} of what is stated`)
  }
  if (containment < 0.999) missed.push('containment')
  if (sum.beyondPath > 0) missed.push('no more than the shortest path and 5 ms is stated')
  if (sum.oldest > ageMax) missed.push('age of 60 s')
  return { name, readings: sum.ours.length, ours, pick, stated, bound, containment, withinBound, oldest: sum.oldest, missed }
}

class Pair {
  readonly #time: typeof TimePackage
  readonly #plan: Plan
  readonly #clocks: { readonly local: SimClock; readonly remote: SimClock }
  readonly #ours: TimePackage.ClockSyncState
  readonly #pick: TimePackage.ClockSyncState
  readonly #paths: { readonly observedAtNs: bigint; readonly pathNs: bigint }[] = []
  #samples = 0
  #begunAt = 0

  constructor(time: typeof TimePackage, plan: Plan) {
    this.#time = time
    this.#plan = plan
    this.#clocks = { local: new SimClock(plan.local), remote: new SimClock(plan.remote) }
    this.#ours = new time.ClockSyncState()
    this.#pick = new time.ClockSyncState({ estimator: 'lowest-uncertainty', maxUncertaintyNs: 5_000_000_000n })
  }

  observe(exchange: Exchange): void {
    const sample = this.#sample(exchange)
    if (sample === undefined) return
    this.#samples++
    this.#begunAt = exchange.begunAt
    this.#paths.push({ observedAtNs: sample.observedAtClockNs, pathNs: sample.uncertaintyNs })
    while (this.#paths[0]!.observedAtNs < sample.observedAtClockNs - windowNs) this.#paths.shift()
    for (const state of [this.#ours, this.#pick]) state.observe(local.id, local.hash, remote.id, remote.hash, sample)
  }

  read(at: number) {
    if (this.#samples === 0) return undefined
    // A suspend can't be known before the first exchange after it.
    if (this.#clocks.remote.sleptBetween(this.#begunAt, at)) return undefined
    const nowNs = this.#clocks.local.read(at)
    const ours = this.#ours.estimate(local.id, remote.id, { nowNs })!
    const pick = this.#pick.estimate(local.id, remote.id, { nowNs })!
    const truth = this.#clocks.remote.counted(at) - this.#clocks.local.counted(at)
    const steps = [this.#plan.local.stepNs, this.#plan.remote.stepNs].reduce((sum, step) => sum + (step > 1 ? step : 0))
    return {
      ours: Math.abs(Number(this.#time.offsetAt(ours, nowNs)) - truth),
      pick: Math.abs(Number(this.#time.offsetAt(pick, nowNs)) - truth),
      stated: Number(ours.uncertaintyNs),
      // Over a long path clocks also drift while the question and its answer are under way.
      bound: Number(pick.uncertaintyNs) * (0.5 + 500e-6) + steps + 250e-6 * Number(pick.ageNs) + 1,
      path: steps > 0 ? Number.POSITIVE_INFINITY : Math.min(...this.#paths.map(({ pathNs }) => Number(pathNs))),
      age: Number(ours.ageNs),
      counts: this.#samples >= samplesMin
    }
  }

  #sample({ localSend, remoteReceive, remoteSend, localReceive }: Exchange): ClockSample | undefined {
    try {
      return this.#time.ntpSample(localSend, remoteReceive, remoteSend, localReceive, this.#clocks.local.stepNs)
    } catch (error) {
      if (error instanceof this.#time.TimeError) return undefined
      throw error
    }
  }
}
