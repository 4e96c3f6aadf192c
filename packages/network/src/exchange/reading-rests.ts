/**
 * Whose messages took us long is not read for a while.
 *
 * Bounds on a message say what one of them may cost, not how many come. So time is counted per peer, whatever the protocol: X ms of work, and nothing
 * of the peer is read for a multiple of X. Whoever sends what others send never notices. Knows no clock: the time is told.
 */
export interface RestRules {
  /** How many times as long as its messages took. */
  readonly ratio: number
  /** Never longer than this, ms. */
  readonly maxMs: number
}

export class ReadingRests {
  readonly #rules: RestRules
  /** When a peer is read again. Those who may be read are not listed for long: the oldest entries are looked at with every charge. */
  readonly #until = new Map<string, number>()

  constructor(rules: RestRules) {
    this.#rules = rules
  }

  /** Messages of this peer took us so many ms, until now. */
  charge(peerId: string, tookMs: number, nowMs: number): void {
    for (const [other, until] of this.#until) {
      if (until > nowMs) break
      this.#until.delete(other)
    }
    const until = Math.max(this.#until.get(peerId) ?? 0, nowMs) + tookMs * this.#rules.ratio
    this.#until.delete(peerId)
    this.#until.set(peerId, Math.min(until, nowMs + this.#rules.maxMs))
  }

  /** How long it is not to be read, ms; 0: read it. */
  restMs(peerId: string, nowMs: number): number {
    return Math.max(0, (this.#until.get(peerId) ?? 0) - nowMs)
  }

  get size(): number {
    return this.#until.size
  }
}
