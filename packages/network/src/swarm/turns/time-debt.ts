/** Time that somebody cost us. Some is free; beyond that each ms is followed by several in which it costs nothing. Knows no clock: the time is told. */
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

  /** So many ms of work are done; how long to rest, ms. */
  charge(tookMs: number, nowMs: number): number {
    const idleMs = Math.max(0, nowMs - this.#atMs - tookMs)
    this.#debtMs = Math.max(0, this.#debtMs - idleMs / this.#ratio) + tookMs
    this.#atMs = nowMs
    return Math.max(0, this.#debtMs - this.#freeMs) * this.#ratio
  }
}
