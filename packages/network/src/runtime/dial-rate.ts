/** A token bucket: at most `perSecond` dials a second on average, and `burst` at once. */
export class DialRate {
  readonly #perSecond: number
  readonly #burst: number
  #left: number
  #at = Number.NEGATIVE_INFINITY

  constructor(perSecond: number, burst: number) {
    this.#perSecond = perSecond
    this.#burst = burst
    this.#left = burst
  }

  /** Takes a token; `false`: none is left. `now` in ms. */
  take(now: number): boolean {
    const gained = ((now - this.#at) / 1_000) * this.#perSecond
    this.#left = Math.min(this.#burst, this.#left + gained)
    this.#at = now
    if (this.#left < 1) return false
    this.#left--
    return true
  }
}
