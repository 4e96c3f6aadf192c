/**
 * What the samples of two clocks prove.
 *
 * No message arrives before it was sent. So the instant we sent, the remote clock read at most what it read on receiving: an upper bound of the
 * offset then. The instant we received, it read at least what it had read on sending: a lower bound then. Both hold whatever the path did.
 *
 * The bounds are kept as doubles, counted from an epoch: exact for 104 days, and to a few nanoseconds for years.
 */
import type { ClockSample } from './clock-sample.ts'
import { ClockStep } from './clock-step.ts'

/** What a window keeps. */
export interface WindowLimits {
  readonly maxSamplesPerPair: number
  readonly maxSampleAgeNs: bigint
}

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
  #newest: Bounds | undefined

  constructor(limits: WindowLimits) {
    this.#limits = limits
  }

  get #localStepNs(): number {
    return Math.max(this.#localStep.ns, Number(this.#resolutionNs))
  }

  /** By how much the clocks' steps can make a bound wrong. */
  get stepsNs(): number {
    return this.#localStepNs + this.#remoteStep.ns
  }

  /**
   * By how much offsets come out too small because of the steps. A clock that shows its last tick is half a step behind on average, one that rounds is not
   * behind at all. Which of the two a clock does is not known, so this is half of the largest possible value.
   */
  get behindNs(): number {
    return (this.#remoteStep.ns - this.#localStepNs) / 4
  }

  add(sample: ClockSample): void {
    const bounds = boundsOf(sample)
    const { sentNs, upperNs, receivedNs, lowerNs } = bounds
    for (const readingNs of [sentNs, receivedNs]) this.#localStep.add(readingNs, sample.offsetNs)
    for (const readingNs of [sentNs + upperNs, receivedNs + lowerNs]) this.#remoteStep.add(readingNs, sample.offsetNs)
    if (sample.uncertaintyNs > bounds.pathNs) this.#resolutionNs = sample.uncertaintyNs
    this.#newest = bounds
    this.#append(bounds)
    this.#forget()
  }

  /** Forgets all samples but the last so many. */
  keepNewest(count: number): void {
    this.#drop(0, this.count - count)
    if (count === 1) this.#rebase()
  }

  /** The sample with the shortest path, of equals the newest. */
  best(): { readonly offsetNs: bigint; readonly uncertaintyNs: bigint; readonly sentNs: bigint; readonly observedAtClockNs: bigint } {
    const best = this.bestIndex()
    const pathNs = BigInt(this.pathNs(best))
    return {
      offsetNs: (2n * this.baseNs + BigInt(this.upperNs[best]!) + BigInt(this.lowerNs[best]!)) / 2n,
      uncertaintyNs: pathNs > this.#resolutionNs ? pathNs : this.#resolutionNs,
      sentNs: this.epochNs + BigInt(this.sentNs[best]!),
      observedAtClockNs: this.epochNs + BigInt(this.receivedNs[best]!)
    }
  }

  bestIndex(maxAgeNs = Number.POSITIVE_INFINITY): number {
    const oldestNs = this.receivedNs[this.count - 1]! - maxAgeNs
    let best = this.count - 1
    for (let index = 0; index < this.count; index++) {
      if (this.receivedNs[index]! < oldestNs) continue
      const gain = this.pathNs(best) - this.pathNs(index)
      if (gain > 0 || (gain === 0 && this.receivedNs[index]! >= this.receivedNs[best]!)) best = index
    }
    return best
  }

  /** How wrong the middle of a sample can be. */
  halfPathNs(index: number): number {
    return Math.max(0, this.pathNs(index)) / 2 + this.stepsNs
  }

  /** From our send to our receive: the path both ways, and the wait at the other side. */
  roundTripNs(index: number): number {
    return this.receivedNs[index]! - this.sentNs[index]!
  }

  /** Where the offset can be at an instant, if the rate was always within `within` of this one, and during an exchange within `hardly`. */
  anyRates(presentNs: number, { rate, within, hardly }: RateBand): { readonly top: number; readonly bottom: number } {
    let [top, bottom] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY]
    for (let index = 0; index < this.count; index++) {
      const age = presentNs - this.receivedNs[index]!
      const wait = this.roundTripNs(index)
      top = Math.min(top, this.upperNs[index]! + (rate + within) * age + (rate + hardly) * wait)
      bottom = Math.max(bottom, this.lowerNs[index]! + (rate - within) * age)
    }
    return { top: top + this.stepsNs, bottom: bottom - this.stepsNs }
  }

  /** What a sample spent on the path, as far as the local clock can tell. */
  pathNs(index: number): number {
    return Math.max(this.upperNs[index]! - this.lowerNs[index]!, Number(this.#resolutionNs))
  }

  /** Counts from the newest sample again: doubles are exact near 0. */
  #rebase(): void {
    const newest = this.#newest
    this.count = 0
    if (newest !== undefined) this.#append(newest)
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

export interface RateBand {
  readonly rate: number
  readonly within: number
  readonly hardly: number
}

interface Bounds {
  readonly pathNs: bigint
  readonly sentNs: bigint
  readonly upperNs: bigint
  readonly receivedNs: bigint
  readonly lowerNs: bigint
}

// The sample's offset is half of an integer, rounded toward zero. That integer is odd when the path is, which restores it, except at offset 0.
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
