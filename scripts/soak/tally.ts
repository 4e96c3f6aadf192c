/** Counts what a stream brings: is each entry the one after the one before, and how old is it? */
import { percentile } from '../../bench/support/report.ts'
import type { StreamReport } from './messages.ts'

export class Tally {
  readonly #resourceId: string
  #next: number | undefined
  #entries = 0
  #latenciesMs: number[] = []
  #missing = 0
  #doubled = 0
  #bytes = 0
  #ended: string | undefined

  constructor(resourceId: string) {
    this.#resourceId = resourceId
  }

  /** `latencyMs`: from its stamp to now; `undefined` when nobody can tell. */
  count(number: number, latencyMs: number | undefined, bytes: number): void {
    this.#entries++
    if (latencyMs !== undefined) this.#latenciesMs.push(latencyMs)
    this.#bytes += bytes
    if (this.#next !== undefined && number > this.#next) this.#missing += number - this.#next
    if (this.#next !== undefined && number < this.#next) this.#doubled++
    this.#next = Math.max(number + 1, this.#next ?? 0)
  }

  end(why: string): void {
    this.#ended = why
  }

  /** What came since the last time. */
  take(): StreamReport {
    const of = this.#latenciesMs
    const report = {
      resourceId: this.#resourceId,
      entries: this.#entries,
      timed: of.length,
      missing: this.#missing,
      doubled: this.#doubled,
      bytes: this.#bytes,
      latency: { medianMs: percentile(of, 0.5), p99Ms: percentile(of, 0.99), maxMs: percentile(of, 1) },
      ended: this.#ended
    }
    this.#latenciesMs = []
    this.#entries = this.#missing = this.#doubled = this.#bytes = 0
    return report
  }
}
