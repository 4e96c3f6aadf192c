/**
 * What do the clocks of the others say?
 *
 * For every pair (own clock, remote clock) a short window of samples is kept. A sample that spent little time on the path is worth more than
 * many that spent much, so the best one speaks for the window; nothing is averaged.
 */
import type { ClockSample } from './clock-sample.ts'
import { TimeError } from './errors.ts'
import { ageAt, type ClockTransformEstimate } from './estimate.ts'

export interface ClockSyncOptions {
  /** Default 32; 0 keeps none. */
  readonly maxSamplesPerPair: number
  /** Default 10 s: samples older than this leave when a newer one comes. */
  readonly maxSampleAgeNs: bigint
  /** Default 500 ms: samples less certain than this are ignored. */
  readonly maxUncertaintyNs: bigint
}

const defaults: ClockSyncOptions = {
  maxSamplesPerPair: 32, // some 16 s at two heartbeats a second: the age limit bites first
  maxSampleAgeNs: 10_000_000_000n, // 100 ppm of drift are 1 ms by then
  maxUncertaintyNs: 500_000_000n // worse than that says nothing
}

/** Clocks are named by peers, who may name new ones without end: four times the members of a full cluster. */
const pairsMax = 4096

interface Pair {
  readonly localId: string
  readonly remoteId: string
  readonly localHash: string
  readonly remoteHash: string
  /** In the order of observing, never empty. */
  readonly window: readonly ClockSample[]
}

/** The samples of every pair of clocks and the estimates they give. */
export class ClockSyncState {
  readonly #options: ClockSyncOptions
  readonly #pairs = new Map<string, Pair>() // the longest unobserved first

  constructor(options: Partial<ClockSyncOptions> = {}) {
    this.#options = { ...defaults, ...options }
  }

  /**
   * Take in a sample of a remote clock against the local one. A hash other than before means another clock under the same id: its window starts afresh.
   *
   * @returns the estimate as of this sample; `undefined` when the sample is too uncertain and was ignored.
   */
  observe(
    localId: string,
    localHash: string,
    remoteId: string,
    remoteHash: string,
    sample: ClockSample
  ): ClockTransformEstimate | undefined {
    const { maxSamplesPerPair, maxUncertaintyNs } = this.#options
    if (maxSamplesPerPair === 0 || sample.uncertaintyNs > maxUncertaintyNs) return undefined
    const key = keyOf(localId, remoteId)
    const known = this.#pairs.get(key)
    const sameClocks = known?.localHash === localHash && known.remoteHash === remoteHash
    const pair = { localId, remoteId, localHash, remoteHash, window: this.#extended(sameClocks ? known.window : [], sample) }
    this.#pairs.delete(key)
    this.#pairs.set(key, pair)
    if (this.#pairs.size > pairsMax) this.#pairs.delete(this.#pairs.keys().next().value!)
    return estimateOf(pair, sample.observedAtClockNs)
  }

  /**
   * What is known now about a remote clock; `undefined` without a sample. Only reads.
   *
   * @param options - `nowNs` is a reading of the local clock. Without `maxAgeNs` an old estimate is returned, too, with its age.
   * @throws TimeError `stale` when the estimate is older than `maxAgeNs`.
   */
  estimate(localId: string, remoteId: string, options: { nowNs: bigint; maxAgeNs?: bigint }): ClockTransformEstimate | undefined {
    const pair = this.#pairs.get(keyOf(localId, remoteId))
    if (pair === undefined) return undefined
    const estimate = estimateOf(pair, options.nowNs)
    const { maxAgeNs } = options
    if (maxAgeNs !== undefined && estimate.ageNs > maxAgeNs) {
      const message = `the estimate of clock "${remoteId}" is ${estimate.ageNs} ns old, asked for at most ${maxAgeNs} ns: wait for the next sample`
      throw new TimeError('stale', message, { ageNs: estimate.ageNs, maxAgeNs })
    }
    return estimate
  }

  /** All that is known now, sorted by local clock id, then by remote clock id. Only reads. */
  estimates(options: { nowNs: bigint }): ClockTransformEstimate[] {
    return [...this.#pairs.values()]
      .sort((a, b) => compare(a.localId, b.localId) || compare(a.remoteId, b.remoteId))
      .map((pair) => estimateOf(pair, options.nowNs))
  }

  #extended(window: readonly ClockSample[], sample: ClockSample): ClockSample[] {
    const oldestNs = sample.observedAtClockNs - this.#options.maxSampleAgeNs
    return [...window, sample].filter((kept) => kept.observedAtClockNs >= oldestNs).slice(-this.#options.maxSamplesPerPair)
  }
}

function estimateOf(pair: Pair, nowNs: bigint): ClockTransformEstimate {
  const best = pair.window.reduce((best, sample) => (isBetter(sample, best) ? sample : best))
  return {
    fromClockId: pair.localId,
    fromClockHash: pair.localHash,
    toClockId: pair.remoteId,
    toClockHash: pair.remoteHash,
    offsetNs: best.offsetNs,
    uncertaintyNs: best.uncertaintyNs,
    observedAtClockNs: best.observedAtClockNs,
    sampleCount: pair.window.length,
    ageNs: ageAt(best.observedAtClockNs, nowNs),
    skewPpb: 0
  }
}

/** Lower uncertainty wins, on a tie the newer observation, of two at the same instant the one appended later. */
function isBetter(sample: ClockSample, best: ClockSample): boolean {
  if (sample.uncertaintyNs !== best.uncertaintyNs) return sample.uncertaintyNs < best.uncertaintyNs
  return sample.observedAtClockNs >= best.observedAtClockNs
}

function keyOf(localId: string, remoteId: string): string {
  return JSON.stringify([localId, remoteId])
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0
}
