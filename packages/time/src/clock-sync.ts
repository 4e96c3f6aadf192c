/**
 * What is known of the clocks of other peers.
 *
 * For every pair of own clock and remote clock a window of samples is kept, and one of two estimators reads it.
 */
import type { ClockSample } from './clock-sample.ts'
import { TimeError } from './errors.ts'
import type { ClockTransformEstimate } from './estimate.ts'
import { LowestUncertainty } from './lowest-uncertainty.ts'
import type { PairEstimator } from './pair-estimator.ts'
import type { WindowLimits } from './sample-window.ts'
import { clockSyncDefaults, clocksMax, clocksPerPeerMax } from './settings.ts'
import { SkewEstimator } from './skew-estimator.ts'

/** How offsets are estimated, and from which samples. */
export interface ClockSyncOptions extends WindowLimits {
  /**
   * `skew`, the default, knows offset and rate, and is uncertain by what the samples prove. `lowest-uncertainty` takes the best sample of the window
   * as it is, like other implementations.
   */
  readonly estimator: 'skew' | 'lowest-uncertainty'
  /** Default 256, with `lowest-uncertainty` 32; 0 keeps none. */
  readonly maxSamplesPerPair: number
  /** Default 2 min, with `lowest-uncertainty` 10 s: samples older than this leave when a newer one comes. */
  readonly maxSampleAgeNs: bigint
  /** Default 5 s, with `lowest-uncertainty` 500 ms: samples less certain than this are ignored. */
  readonly maxUncertaintyNs: bigint
}

/** Whose clock is observed, and which clock must be kept whatever is observed. */
export interface ClockOwner {
  /** The authenticated sender. Of its clocks only the last observed ones are kept. */
  readonly peerId: string
  /** The remote clock behind domain time, which is always kept. */
  readonly neededId: string | undefined
}

interface Pair {
  readonly peerId: string | undefined
  readonly localId: string
  readonly remoteId: string
  readonly localHash: string
  readonly remoteHash: string
  readonly estimator: PairEstimator
}

/** The samples of every pair of clocks and the estimates they give. */
export class ClockSyncState {
  readonly #options: ClockSyncOptions
  readonly #pairs = new Map<string, Pair>() // the longest unobserved first

  constructor(options: Partial<ClockSyncOptions> = {}) {
    this.#options = { ...clockSyncDefaults[options.estimator ?? 'skew'], ...options }
  }

  /**
   * Take in a sample of a remote clock against the local one. A hash other than before means another clock under the same id: its window starts afresh.
   * Of one owner four clocks are kept, those observed last.
   *
   * @returns the estimate as of this sample; `undefined` when the sample is too uncertain and was ignored.
   */
  observe(
    localId: string,
    localHash: string,
    remoteId: string,
    remoteHash: string,
    sample: ClockSample,
    owner?: ClockOwner
  ): ClockTransformEstimate | undefined {
    const { maxSamplesPerPair, maxUncertaintyNs } = this.#options
    if (maxSamplesPerPair === 0 || sample.uncertaintyNs > maxUncertaintyNs) return undefined
    const key = keyOf(localId, remoteId)
    const known = this.#pairs.get(key)
    const pair =
      known?.localHash === localHash && known.remoteHash === remoteHash
        ? known
        : { peerId: owner?.peerId, localId, remoteId, localHash, remoteHash, estimator: this.#estimator() }
    pair.estimator.add(sample)
    this.#pairs.delete(key)
    this.#pairs.set(key, pair)
    if (known === undefined) this.#makeRoom(pair, owner?.neededId)
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

  /** The longest unobserved goes: of the same peer's where that has too many, else of all. */
  #makeRoom({ peerId, remoteId }: Pair, neededId: string | undefined): void {
    const ofPeer = peerId === undefined ? [] : [...this.#pairs].filter(([, pair]) => pair.peerId === peerId)
    const candidates = ofPeer.length > clocksPerPeerMax ? ofPeer : this.#pairs.size > clocksMax ? this.#pairs : []
    for (const [key, pair] of candidates) {
      if (pair.remoteId === neededId || pair.remoteId === remoteId) continue
      this.#pairs.delete(key)
      return
    }
  }

  #estimator(): PairEstimator {
    return this.#options.estimator === 'skew' ? new SkewEstimator(this.#options) : new LowestUncertainty(this.#options)
  }
}

function estimateOf({ localId, localHash, remoteId, remoteHash, estimator }: Pair, nowNs: bigint): ClockTransformEstimate {
  return { fromClockId: localId, fromClockHash: localHash, toClockId: remoteId, toClockHash: remoteHash, ...estimator.at(nowNs) }
}

function keyOf(localId: string, remoteId: string): string {
  return JSON.stringify([localId, remoteId])
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0
}
