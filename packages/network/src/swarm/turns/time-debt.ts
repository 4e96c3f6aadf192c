/**
 * A limit on the share of time that a peer may cost. A burst is free; beyond it each ms of work must be followed by `ratio` ms of rest. Reads no clock: the
 * caller passes the time.
 */
export class TimeDebt {
  readonly #ratio: number
  readonly #freeMs: number
  #debtMs = 0
  #atMs = 0

  /** @param ratio - so many ms of rest per ms of work; @param freeMs - work that needs no rest, if nothing else came for long */
  constructor(ratio: number, freeMs: number) {
    this.#ratio = ratio
    this.#freeMs = freeMs
  }

  /** Counts `tookMs` of work that ended at `nowMs`; returns how long the peer has to rest now, ms. */
  charge(tookMs: number, nowMs: number): number {
    const idleMs = Math.max(0, nowMs - this.#atMs - tookMs)
    this.#debtMs = Math.max(0, this.#debtMs - idleMs / this.#ratio) + tookMs
    this.#atMs = nowMs
    return Math.max(0, this.#debtMs - this.#freeMs) * this.#ratio
  }
}
