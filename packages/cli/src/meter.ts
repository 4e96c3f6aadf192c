/** How much of a log came since it was last looked at. */
export interface Reading {
  readonly entriesPerSecond: number
  readonly bytesPerSecond: number
  /** Largest since the last look, ns; undefined when the clocks' relation is not known. */
  readonly latencyNs: bigint | undefined
}

/** Counts what comes of a log. */
export class Meter {
  #sinceMs: number
  #entries = 0
  #bytes = 0
  #latencyNs: bigint | undefined

  /** @param nowMs of any clock that does not go back. */
  constructor(nowMs: number) {
    this.#sinceMs = nowMs
  }

  count(bytes: number, latencyNs: bigint | undefined): void {
    this.#entries += 1
    this.#bytes += bytes
    if (latencyNs !== undefined && !(this.#latencyNs !== undefined && this.#latencyNs > latencyNs)) this.#latencyNs = latencyNs
  }

  /** And begins anew. */
  read(nowMs: number): Reading {
    const seconds = Math.max(nowMs - this.#sinceMs, 1) / 1_000
    const reading = { entriesPerSecond: this.#entries / seconds, bytesPerSecond: this.#bytes / seconds, latencyNs: this.#latencyNs }
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
