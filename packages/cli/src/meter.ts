import type { Latency } from './latency.ts'
import { bytesPerSecondText, hertzText, shortDurationText } from './units.ts'

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

interface Counts {
  readonly sinceMs: number
  entries: number
  bytes: number
  longestPauseMs: number
  latencyNs: bigint | undefined
  latencyReason: string | undefined
}

function countsFrom(sinceMs: number): Counts {
  return { sinceMs, entries: 0, bytes: 0, longestPauseMs: 0, latencyNs: undefined, latencyReason: undefined }
}

/** Counts what comes of a log. */
export class Meter {
  #counts: Counts
  #lastMs: number

  /** @param nowMs of any clock that does not go back. */
  constructor(nowMs: number) {
    this.#counts = countsFrom(nowMs)
    this.#lastMs = nowMs
  }

  count(nowMs: number, bytes: number, latency: Latency): void {
    const counts = this.#counts
    counts.longestPauseMs = Math.max(counts.longestPauseMs, nowMs - this.#lastMs)
    this.#lastMs = nowMs
    counts.entries += 1
    counts.bytes += bytes
    counts.latencyReason = 'reason' in latency ? latency.reason : undefined
    if ('reason' in latency) return
    const { latencyNs } = latency
    if (counts.latencyNs === undefined || latencyNs > counts.latencyNs) counts.latencyNs = latencyNs
  }

  /** What came since the last reading; counting begins anew. */
  read(nowMs: number): Reading {
    const { sinceMs, entries, bytes, longestPauseMs, ...latency } = this.#counts
    const seconds = Math.max(nowMs - sinceMs, 1) / 1_000
    const longest = Math.round(Math.max(longestPauseMs, nowMs - this.#lastMs))
    this.#counts = countsFrom(nowMs)
    return { entriesPerSecond: entries / seconds, bytesPerSecond: bytes / seconds, ...latency, longestPauseMs: longest }
  }
}

/** A reading as text. */
export function readingText({ entriesPerSecond, bytesPerSecond, latencyNs, latencyReason }: Reading): string {
  const latency = latencyNs === undefined ? [] : [`latency at most ${shortDurationText(latencyNs)}`]
  if (latencyReason !== undefined) latency.push(`no latency: ${latencyReason}`)
  return [hertzText(entriesPerSecond), bytesPerSecondText(bytesPerSecond), ...latency].join('  ')
}
