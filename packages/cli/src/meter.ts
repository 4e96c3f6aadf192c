/** How much of a log came since it was last looked at. */
export interface Reading {
  readonly entriesPerSecond: number
  readonly bytesPerSecond: number
  /** Largest since the last look, ns; undefined when the clocks' relation is not known. */
  readonly latencyNs: bigint | undefined
  /** Between one entry and the next, the one under way included. */
  readonly longestPauseMs: number
}

/** Counts what comes of a log. */
export class Meter {
  #sinceMs: number
  #entries = 0
  #bytes = 0
  #latencyNs: bigint | undefined
  #lastMs: number
  #longestPauseMs = 0

  /** @param nowMs of any clock that does not go back. */
  constructor(nowMs: number) {
    this.#sinceMs = nowMs
    this.#lastMs = nowMs
  }

  count(nowMs: number, bytes: number, latencyNs: bigint | undefined): void {
    this.#longestPauseMs = Math.max(this.#longestPauseMs, nowMs - this.#lastMs)
    this.#lastMs = nowMs
    this.#entries += 1
    this.#bytes += bytes
    if (latencyNs !== undefined && !(this.#latencyNs !== undefined && this.#latencyNs > latencyNs)) this.#latencyNs = latencyNs
  }

  /** And begins anew. */
  read(nowMs: number): Reading {
    const seconds = Math.max(nowMs - this.#sinceMs, 1) / 1_000
    const longestPauseMs = Math.round(Math.max(this.#longestPauseMs, nowMs - this.#lastMs))
    const [entriesPerSecond, bytesPerSecond] = [this.#entries / seconds, this.#bytes / seconds]
    const reading = { entriesPerSecond, bytesPerSecond, latencyNs: this.#latencyNs, longestPauseMs }
    this.#longestPauseMs = 0
    this.#sinceMs = nowMs
    this.#entries = 0
    this.#bytes = 0
    this.#latencyNs = undefined
    return reading
  }
}

/** For people. */
export function readingText({ entriesPerSecond, bytesPerSecond, latencyNs }: Reading): string {
  const latency = latencyNs === undefined ? [] : [`latency at most ${(Number(latencyNs) / 1e6).toFixed(1)} ms`]
  return [`${entriesPerSecond.toFixed(1)} entries/s`, `${(bytesPerSecond / 1e6).toFixed(3)} MB/s`, ...latency].join('  ')
}
