/**
 * A rate limit by time spent: a peer whose messages took us X ms is not read for a multiple of X.
 *
 * The limits of a message bound what one of them costs, not how many arrive. So the time is counted per peer, over all protocols. A peer that sends what
 * others send never notices. Reads no clock: the caller passes the time.
 */
export interface RestRules {
  /** ms of rest per ms of work. */
  readonly ratio: number
  /** Longest rest, ms. */
  readonly maxMs: number
}

export class ReadingRests {
  readonly #rules: RestRules
  /** When each peer may be read again, ms. Entries that are over are removed from the front with every charge. */
  readonly #until = new Map<string, number>()

  constructor(rules: RestRules) {
    this.#rules = rules
  }

  /** Messages of this peer took us `tookMs`, up to now. */
  charge(peerId: string, tookMs: number, nowMs: number): void {
    for (const [other, until] of this.#until) {
      if (until > nowMs) break
      this.#until.delete(other)
    }
    const until = Math.max(this.#until.get(peerId) ?? 0, nowMs) + tookMs * this.#rules.ratio
    this.#until.delete(peerId)
    this.#until.set(peerId, Math.min(until, nowMs + this.#rules.maxMs))
  }

  /** How long the peer is not to be read from now on, ms; 0: it may be read. */
  restMs(peerId: string, nowMs: number): number {
    return Math.max(0, (this.#until.get(peerId) ?? 0) - nowMs)
  }

  get size(): number {
    return this.#until.size
  }
}
