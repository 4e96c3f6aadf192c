import { type ClockSource, systemClockSource } from './clock-source.ts'

/** A clock by its registry entry. Clocks are the same only if id and hash both are. */
export interface ClockRef {
  /** Id of its registry entry. */
  readonly id: string
  /** Content hash of that entry. */
  readonly hash: string
}

/** Whether two references name the same clock: id and hash are equal. */
export function sameClock(a: ClockRef, b: ClockRef): boolean {
  return a.id === b.id && a.hash === b.hash
}

/**
 * The one clock of a session. It counts from the moment this object is made.
 *
 * Make one per session and share it. A second one under the same id would have another zero, and every sample taken with it would be wrong.
 */
export class SessionClock implements ClockRef {
  /** `<peer_id>/<session_id>/monotonic`. */
  readonly id: string
  /** Content hash of the clock's registry entry. */
  readonly hash: string
  /** The smallest step of {@link nowNs}: 1 in Node, what was measured in a browser. */
  readonly resolutionNs: bigint
  readonly #source: ClockSource
  readonly #zeroNs: bigint
  #latestNs = 0n

  constructor(init: { id: string; hash: string; source?: ClockSource }) {
    this.id = init.id
    this.hash = init.hash
    this.#source = init.source ?? systemClockSource()
    this.resolutionNs = this.#source.resolutionNs
    this.#zeroNs = this.#source.monotonicNs()
  }

  /** Nanoseconds since this object was made; never goes back, whatever the source does. */
  nowNs(): bigint {
    const nowNs = this.#source.monotonicNs() - this.#zeroNs
    if (nowNs > this.#latestNs) this.#latestNs = nowNs
    return this.#latestNs
  }

  /** Wall clock, nanoseconds since 1970; may jump. Never a substitute for domain time. */
  utcNowNs(): bigint {
    return this.#source.utcNs()
  }
}
