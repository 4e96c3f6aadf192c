/**
 * What do the samples of two clocks prove?
 *
 * No message arrives before it was sent. So the instant we sent, the remote clock read at most what it read on receiving: an upper bound of the
 * offset then. The instant we received, it read at least what it had read on sending: a lower bound then. Both hold whatever the path did.
 *
 * Kept in columns of doubles, from an epoch on: nanoseconds are exact for 104 days, and to a few for years.
 */
import type { ClockSample } from './clock-sample.ts'
import { ClockStep } from './clock-step.ts'

/** What a window keeps. */
export interface WindowLimits {
  readonly maxSamplesPerPair: number
  readonly maxSampleAgeNs: bigint
}

/** Reading a clock takes time, and so does stamping what was read: no bound is sharper than this, for either clock. */
const readingTakesNs = 1_000

const columns = ['sentNs', 'upperNs', 'receivedNs', 'lowerNs'] as const

/** The bounds that the samples of a pair of clocks put on the offset (remote − local). */
export class SampleWindow {
  /** On the local clock: what the columns of instants count from. */
  epochNs = 0n
  /** What the columns of offsets count from. */
  baseNs = 0n
  /** In the order of observing. At `sentNs` the offset was at most `upperNs`, at `receivedNs` it was at least `lowerNs`. */
  sentNs = new Float64Array(8)
  upperNs = new Float64Array(8)
  receivedNs = new Float64Array(8)
  lowerNs = new Float64Array(8)
  count = 0
  readonly #limits: WindowLimits
  readonly #localStep = new ClockStep()
  readonly #remoteStep = new ClockStep()
  #resolutionNs = 0n

  constructor(limits: WindowLimits) {
    this.#limits = limits
  }

  /** By how much the clocks' steps can make a bound wrong. */
  get stepsNs(): number {
    return Math.max(this.#localStep.ns, Number(this.#resolutionNs)) + this.#remoteStep.ns
  }

  /** The same with the time that reading them takes. */
  get slackNs(): number {
    return this.stepsNs + readingTakesNs
  }

  add(sample: ClockSample): void {
    const bounds = boundsOf(sample)
    this.#localStep.add(bounds.sentNs)
    this.#localStep.add(bounds.receivedNs)
    this.#remoteStep.add(bounds.sentNs + bounds.upperNs)
    this.#remoteStep.add(bounds.receivedNs + bounds.lowerNs)
    if (sample.uncertaintyNs > bounds.pathNs) this.#resolutionNs = sample.uncertaintyNs
    this.#append(bounds)
    this.#forget()
  }

  /** Forget all samples, and begin again with this one, which was added last. */
  restart(sample: ClockSample): void {
    this.count = 0
    this.#append(boundsOf(sample))
  }

  /** The sample with the shortest path, of equals the newest. */
  best(): { readonly offsetNs: bigint; readonly uncertaintyNs: bigint; readonly sentNs: bigint; readonly observedAtClockNs: bigint } {
    let best = 0
    for (let index = 1; index < this.count; index++) {
      const gain = this.#pathNs(best) - this.#pathNs(index)
      if (gain > 0 || (gain === 0 && this.receivedNs[index]! >= this.receivedNs[best]!)) best = index
    }
    const pathNs = BigInt(this.#pathNs(best))
    return {
      offsetNs: (2n * this.baseNs + BigInt(this.upperNs[best]!) + BigInt(this.lowerNs[best]!)) / 2n,
      uncertaintyNs: pathNs > this.#resolutionNs ? pathNs : this.#resolutionNs,
      sentNs: this.epochNs + BigInt(this.sentNs[best]!),
      observedAtClockNs: this.epochNs + BigInt(this.receivedNs[best]!)
    }
  }

  #pathNs(index: number): number {
    return this.upperNs[index]! - this.lowerNs[index]!
  }

  #append({ sentNs, upperNs, receivedNs, lowerNs }: Bounds): void {
    if (this.count === 0) {
      this.epochNs = receivedNs
      this.baseNs = lowerNs
    }
    if (this.count === this.sentNs.length) this.#grow()
    this.sentNs[this.count] = Number(sentNs - this.epochNs)
    this.upperNs[this.count] = Number(upperNs - this.baseNs)
    this.receivedNs[this.count] = Number(receivedNs - this.epochNs)
    this.lowerNs[this.count] = Number(lowerNs - this.baseNs)
    this.count++
  }

  #forget(): void {
    const oldestNs = this.receivedNs[this.count - 1]! - Number(this.#limits.maxSampleAgeNs)
    for (let index = this.count - 1; index >= 0; index--) if (this.receivedNs[index]! < oldestNs) this.#drop(index, index + 1)
    const tooMany = this.count - this.#limits.maxSamplesPerPair
    if (tooMany > 0) this.#drop(0, tooMany)
  }

  #drop(from: number, to: number): void {
    for (const column of columns) this[column].copyWithin(from, to, this.count)
    this.count -= to - from
  }

  #grow(): void {
    for (const column of columns) {
      const grown = new Float64Array(2 * this.count)
      grown.set(this[column])
      this[column] = grown
    }
  }
}

interface Bounds {
  readonly pathNs: bigint
  readonly sentNs: bigint
  readonly upperNs: bigint
  readonly receivedNs: bigint
  readonly lowerNs: bigint
}

// The offset was halved toward zero. What was halved is odd when the path is; which way it was cut is lost only at offset 0.
function boundsOf({ offsetNs, roundTripNs, remoteProcessingNs, observedAtClockNs }: ClockSample): Bounds {
  const pathNs = roundTripNs - remoteProcessingNs
  const cutNs = pathNs % 2n === 0n ? 0n : offsetNs < 0n ? -1n : 1n
  const twiceNs = 2n * offsetNs + cutNs
  return {
    pathNs,
    sentNs: observedAtClockNs - roundTripNs,
    upperNs: (twiceNs + pathNs) / 2n,
    receivedNs: observedAtClockNs,
    lowerNs: (twiceNs - pathNs) / 2n
  }
}
