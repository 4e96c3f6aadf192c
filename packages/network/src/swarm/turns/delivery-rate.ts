/** How fast a path delivers: the most that it has delivered lately over some time. Reads no clock: the caller passes the time. */

import { rateRecentMs, rateSpanMinMs } from '../../settings.ts'

export class DeliveryRate {
  #from = { bytes: 0, atMs: Number.NEGATIVE_INFINITY }
  /** The largest ones of the time before and of this one. */
  #before = 0
  #now = 0
  #sinceMs = Number.NEGATIVE_INFINITY

  /** Bytes per ms; 0 before anything was measured. */
  get largest(): number {
    return Math.max(this.#before, this.#now)
  }

  /** It was too large: what is measured from now on counts more. */
  halve(): void {
    this.#before /= 2
    this.#now /= 2
  }

  /** So many bytes were delivered since the beginning, over a path of `tripMs`. */
  measure(bytes: number, nowMs: number, tripMs: number): void {
    const spanMs = nowMs - this.#from.atMs
    if (spanMs < Math.max(rateSpanMinMs, tripMs)) return
    if (spanMs !== Number.POSITIVE_INFINITY) this.#add((bytes - this.#from.bytes) / spanMs, nowMs, tripMs)
    this.#from = { bytes, atMs: nowMs }
  }

  #add(rate: number, nowMs: number, tripMs: number): void {
    if (nowMs - this.#sinceMs >= Math.max(rateRecentMs, 3 * tripMs)) {
      this.#before = this.#now
      this.#now = 0
      this.#sinceMs = nowMs
    }
    this.#now = Math.max(this.#now, rate)
  }
}
