/** One run: what ours and the reference's estimator say of the same samples, and how wrong they are. */
import type * as TimePackage from '@auki/time'
import type { ClockSample, ClockSyncState, ClockTransformEstimate } from '@auki/time'
import { Random } from '../sim/random.ts'
import { type Exchange, exchangesOf } from './clock-exchanges.ts'
import { type Plan, planOf, secondNs } from './clock-plan.ts'
import { SimClock } from './simulated-clock.ts'
import type { Tally } from './tally.ts'

/** The package under test, as it is or with a planted bug. */
export type Time = typeof TimePackage

const local = { id: 'local', hash: 'local hash' }
const remote = { id: 'remote', hash: 'remote hash' }
const maxAgeNs = 5n * BigInt(secondNs)

/** Runs a seed and adds its readings to a tally. */
export function simulateClocks(time: Time, seed: number, tally: Tally): void {
  const plan = planOf(seed)
  const reader = new Reader(time, plan, tally)
  const random = new Random(seed, 5)
  let nextReading = random.between(0, 2) * secondNs
  for (const exchange of exchangesOf(plan)) {
    for (; nextReading < exchange.knownAt; nextReading += random.between(0.2, 1.5) * secondNs) {
      reader.read(nextReading, nextReading + random.between(0, 5) * secondNs)
    }
    reader.observe(exchange)
  }
}

class Reader {
  readonly #time: Time
  readonly #tally: Tally
  readonly #local: SimClock
  readonly #remote: SimClock
  readonly #ours: ClockSyncState
  readonly #reference: ClockSyncState
  readonly #monotonic: TimePackage.MonotonicDomainTime
  readonly #source: TimePackage.DomainClockSource
  #newestBegunAt = 0
  #lastDomainNs: bigint | undefined
  #lastMonotonicNs: bigint | undefined

  constructor(time: Time, plan: Plan, tally: Tally) {
    this.#time = time
    this.#tally = tally
    this.#local = new SimClock(plan.local)
    this.#remote = new SimClock(plan.remote)
    this.#ours = new time.ClockSyncState()
    this.#reference = new time.ClockSyncState({ estimator: 'lowest-uncertainty' })
    this.#monotonic = new time.MonotonicDomainTime()
    this.#source = time.ownSource({ clusterName: 'simulated', peerId: 'remote', clock: remote })
  }

  /** Takes a sample in, and reads domain time right before and after: what is learnt must not put it back. */
  observe(exchange: Exchange): void {
    const sample = this.#sample(exchange)
    if (sample === undefined) return
    this.#newestBegunAt = exchange.begunAt
    this.#readDomainTime(exchange.localReceive)
    for (const state of [this.#ours, this.#reference]) state.observe(local.id, local.hash, remote.id, remote.hash, sample)
    this.#readDomainTime(exchange.localReceive)
  }

  /** Reads the remote clock now, and with what is known now once more later, as who converts a stamp does. */
  read(at: number, later: number): void {
    const nowNs = this.#local.read(at)
    const ours = this.#estimate(nowNs)
    const reference = this.#reference.estimate(local.id, remote.id, { nowNs })
    if (ours === undefined || reference === undefined) return
    for (const instant of [at, later]) if (!this.#local.sleeps(at) && !this.#local.sleeps(instant)) this.#check(ours, reference, instant)
  }

  #check(ours: ClockTransformEstimate, reference: ClockTransformEstimate, at: number): void {
    const tally = this.#tally
    const nowNs = this.#local.read(at)
    const truth = this.#remote.counted(at) - this.#local.counted(at)
    const error = Math.abs(Number(this.#time.offsetAt(ours, nowNs)) - truth)
    const claimed = Number(this.#time.uncertaintyAt(ours, nowNs))
    const isContained = error <= claimed
    if (this.#remote.sleeps(at)) {
      tally.blind++
      if (isContained) tally.blindContained++
      return
    }
    tally.readings++
    if (isContained) tally.contained++
    else if (!this.#sleptSince(this.#newestBegunAt, at)) tally.missed++
    tally.ours.add(error)
    tally.claimed.add(claimed)
    tally.reference.add(Math.abs(Number(this.#time.offsetAt(reference, nowNs)) - truth))
  }

  #sleptSince(from: number, to: number): boolean {
    return this.#local.sleptBetween(from, to) || this.#remote.sleptBetween(from, to)
  }

  #readDomainTime(nowNs: bigint): void {
    const ours = this.#ours.estimate(local.id, remote.id, { nowNs })
    if (ours === undefined) return
    const estimate = this.#time.composeDomainEstimate(ours, this.#source)
    const domainNs = this.#time.domainTimeAt(estimate, nowNs)
    const monotonicNs = this.#monotonic.next(estimate, domainNs)
    if (this.#lastDomainNs !== undefined && domainNs < this.#lastDomainNs) this.#tally.stepsBack++
    if (this.#lastMonotonicNs !== undefined && monotonicNs < this.#lastMonotonicNs) this.#tally.wentBack++
    this.#lastDomainNs = domainNs
    this.#lastMonotonicNs = monotonicNs
  }

  #sample(exchange: Exchange): ClockSample | undefined {
    const { localSend, remoteReceive, remoteSend, localReceive } = exchange
    try {
      return this.#time.ntpSample(localSend, remoteReceive, remoteSend, localReceive, this.#local.stepNs)
    } catch (error) {
      if (error instanceof this.#time.TimeError) return undefined
      throw error
    }
  }

  #estimate(nowNs: bigint): ClockTransformEstimate | undefined {
    try {
      return this.#ours.estimate(local.id, remote.id, { nowNs, maxAgeNs })
    } catch (error) {
      if (error instanceof this.#time.TimeError && error.code === 'stale') return undefined
      throw error
    }
  }
}
