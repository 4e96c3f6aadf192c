import { decodePayload } from '@auki/datatypes'
import { logStep, type TimeStep, type TimeTransformEntry } from '@auki/time'
import { LogError } from './errors.ts'
import type { StoredEntry } from './log/log-entry.ts'
import type { TimeTransformLogManifest } from './log/manifest.ts'
import { transformHistoryMax } from './settings.ts'

/** What is in a TimeTransform log of the session, so that conversions need not wait for a file. */
export class TransformHistory {
  readonly step: TimeStep
  readonly #entries: TimeTransformEntry[] = []

  constructor({ fromClock, toClock }: TimeTransformLogManifest) {
    this.step = logStep({
      fromClock: { id: fromClock.id, hash: fromClock.hash },
      toClock: { id: toClock.id, hash: toClock.hash },
      entries: this.#entries
    })
  }

  /** Takes in what an earlier session wrote to the log, up to the first damaged entry. */
  async addAll(entries: AsyncIterable<StoredEntry>): Promise<void> {
    const newest: StoredEntry[] = []
    try {
      for await (const entry of entries) {
        newest.push(entry)
        if (newest.length === 2 * transformHistoryMax) newest.splice(0, transformHistoryMax)
      }
    } catch (error) {
      if (!(error instanceof LogError)) throw error
    }
    for (const { timestampNs, bytes } of newest.slice(-transformHistoryMax)) this.add(timestampNs, bytes)
  }

  /** Adds an entry; bytes that can't be decoded are ignored. */
  add(timestampNs: bigint, payload: Uint8Array): void {
    const decoded = decoding(payload)
    if (decoded === undefined) return
    const { offsetNs, uncertaintyNs } = decoded
    // Timestamps rarely go back, and not far: searching from the end is fast.
    const before = this.#entries.findLastIndex((entry) => entry.timestampNs <= timestampNs)
    this.#entries.splice(before + 1, 0, { timestampNs, offsetNs, uncertaintyNs })
    if (this.#entries.length > transformHistoryMax) this.#entries.shift()
  }
}

function decoding(payload: Uint8Array) {
  try {
    return decodePayload('time_transform', payload)
  } catch {
    return undefined
  }
}
