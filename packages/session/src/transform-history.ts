import { decodePayload } from '@auki/datatypes'
import { logStep, type TimeStep, type TimeTransformEntry } from '@auki/time'
import { LogError } from './errors.ts'
import type { TimeTransformLogManifest } from './log/manifest.ts'

/** Entries remembered, the newest: 18 h at one a second. For an earlier instant the oldest of them speaks, and says how far away it is. */
export const historyMax = 65_536

interface Stored {
  readonly timestampNs: bigint
  readonly bytes: Uint8Array
}

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

  /** What an earlier session has left in a log that goes on; up to where it is damaged, if it is. */
  async addAll(entries: AsyncIterable<Stored>): Promise<void> {
    const newest: Stored[] = []
    try {
      for await (const entry of entries) {
        newest.push(entry)
        if (newest.length === 2 * historyMax) newest.splice(0, historyMax)
      }
    } catch (error) {
      if (!(error instanceof LogError)) throw error
    }
    for (const { timestampNs, bytes } of newest.slice(-historyMax)) this.add(timestampNs, bytes)
  }

  /** Bytes that are no entry say nothing about the clocks, and are left out. */
  add(timestampNs: bigint, payload: Uint8Array): void {
    const decoded = decoding(payload)
    if (decoded === undefined) return
    const { offsetNs, uncertaintyNs } = decoded
    // Timestamps may go back a little, hardly ever far.
    const before = this.#entries.findLastIndex((entry) => entry.timestampNs <= timestampNs)
    this.#entries.splice(before + 1, 0, { timestampNs, offsetNs, uncertaintyNs })
    if (this.#entries.length > historyMax) this.#entries.shift()
  }
}

function decoding(payload: Uint8Array) {
  try {
    return decodePayload('time_transform', payload)
  } catch {
    return undefined
  }
}
