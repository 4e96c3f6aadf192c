import type { Latency } from './latency.ts'

/** What came of a log since the last reading. */
export interface Reading {
  readonly entriesPerSecond: number
  readonly bytesPerSecond: number
  /** Largest since the last reading, ns. */
  readonly latencyNs: bigint | undefined
  /** Why the latency of the last entry is not known. */
  readonly latencyReason: string | undefined
  /** The longest between two entries; the one that still lasts counts. */
  readonly longestPauseMs: number
}

/** Counts what comes of a log. */
export class Meter {
  #sinceMs: number
  #entries = 0
  #bytes = 0
  #latencyNs: bigint | undefined
  #latencyReason: string | undefined
  #lastMs: number
  #longestPauseMs = 0

  /** @param nowMs of any clock that does not go back. */
  constructor(nowMs: number) {
    this.#sinceMs = nowMs
    this.#lastMs = nowMs
  }

  count(nowMs: number, bytes: number, latency: Latency): void {
    this.#longestPauseMs = Math.max(this.#longestPauseMs, nowMs - this.#lastMs)
    this.#lastMs = nowMs
    this.#entries += 1
    this.#bytes += bytes
    this.#latencyReason = 'reason' in latency ? latency.reason : undefined
    if ('reason' in latency) return
    const { latencyNs } = latency
    if (this.#latencyNs === undefined || latencyNs > this.#latencyNs) this.#latencyNs = latencyNs
  }

  /** What came since the last reading; counting begins anew. */
  read(nowMs: number): Reading {
    const seconds = Math.max(nowMs - this.#sinceMs, 1) / 1_000
    const longestPauseMs = Math.round(Math.max(this.#longestPauseMs, nowMs - this.#lastMs))
    const [entriesPerSecond, bytesPerSecond] = [this.#entries / seconds, this.#bytes / seconds]
    const latency = { latencyNs: this.#latencyNs, latencyReason: this.#latencyReason }
    const reading = { entriesPerSecond, bytesPerSecond, ...latency, longestPauseMs }
    this.#longestPauseMs = 0
    this.#sinceMs = nowMs
    this.#entries = 0
    this.#bytes = 0
    this.#latencyNs = undefined
    this.#latencyReason = undefined
    return reading
  }
}

/** A reading as text. */
export function readingText({ entriesPerSecond, bytesPerSecond, latencyNs, latencyReason }: Reading): string {
  const latency = latencyNs === undefined ? [] : [`latency at most ${(Number(latencyNs) / 1e6).toFixed(1)} ms`]
  if (latencyReason !== undefined) latency.push(`no latency: ${latencyReason}`)
  return [`${entriesPerSecond.toFixed(1)} entries/s`, `${(bytesPerSecond / 1e6).toFixed(3)} MB/s`, ...latency].join('  ')
}
