import { rateWindowMs } from './settings.ts'

/** How fast a total grows: over the last seconds, so that it is steady and yet of now. */
export class RecentRate {
  readonly #samples: { readonly ms: number; readonly total: number }[] = []

  /** Per second. `nowMs` of any clock that does not go back. */
  at(nowMs: number, total: number): number {
    this.#samples.push({ ms: nowMs, total })
    while (this.#samples.length > 2 && nowMs - this.#samples[1]!.ms >= rateWindowMs) this.#samples.shift()
    const first = this.#samples[0]!
    return nowMs === first.ms ? 0 : ((total - first.total) / (nowMs - first.ms)) * 1_000
  }
}
