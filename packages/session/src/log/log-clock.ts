/**
 * The clock of a log, where it can be read here: it tells an entry of now from one whose timestamp is wrong.
 *
 * One timestamp far in the future would make everything else in a rolling log too old, and no entry could follow it before its time.
 */
import { LogError } from '../errors.ts'

export class LogClock {
  readonly #nowNs: () => bigint
  readonly #maxAheadNs: bigint
  // What was allowed when the clock was last read: it need not be read for every entry.
  #allowedNs = -1n
  /** Entries refused. */
  refused = 0

  constructor(nowNs: () => bigint, maxAheadNs: bigint) {
    this.#nowNs = nowNs
    this.#maxAheadNs = maxAheadNs
  }

  /** @throws LogError `too-far-ahead`. */
  check(timestampNs: bigint): void {
    if (timestampNs <= this.#allowedNs) return
    const nowNs = this.#nowNs()
    this.#allowedNs = nowNs + this.#maxAheadNs
    if (timestampNs <= this.#allowedNs) return
    this.refused += 1
    const ahead = `timestamp ${timestampNs} is ${timestampNs - nowNs} ns ahead of the log's clock, at most ${this.#maxAheadNs} ns may be`
    const remedy = "correct the timestamp, or register the log with another maxAheadNs ('any' for entries that are played)"
    throw new LogError('too-far-ahead', `too far ahead: ${ahead}; ${remedy}`, { timestampNs, nowNs, maxAheadNs: this.#maxAheadNs })
  }

  /** The instant that retention counts back from: an entry ahead of the clock makes nothing older. */
  horizon(timestampNs: bigint): bigint {
    const nowNs = this.#nowNs()
    return nowNs < timestampNs ? nowNs : timestampNs
  }
}
