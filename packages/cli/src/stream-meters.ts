/** Reads every log there is, of each the latest, and counts what comes. */
import type { ClusterManager, ResourceEntry } from '@auki/domain'
import { latencyOf } from './latency.ts'
import { keyOf } from './log-account.ts'
import { Meter, type Reading } from './meter.ts'
import { openBytes } from './resources.ts'

export interface StreamReading extends Reading {
  /** Entries that were left out since the stream was opened, as they came faster than they were read. */
  readonly dropped: bigint
}

interface Reader {
  readonly meter: Meter
  dropped: () => bigint
}

export class StreamMeters {
  readonly #manager: ClusterManager
  readonly #signal: AbortSignal
  readonly #readers = new Map<string, Reader>()

  /** Reads until `signal` aborts. */
  constructor(manager: ClusterManager, signal: AbortSignal) {
    this.#manager = manager
    this.#signal = signal
  }

  /** Reads this log, too, unless it does so already. One that has ended, or could not be opened, is opened when it is asked for again. */
  follow(row: ResourceEntry): void {
    const key = keyOf(row)
    if (this.#readers.has(key) || row.state !== 'live') return
    const reader: Reader = { meter: new Meter(performance.now()), dropped: () => 0n }
    this.#readers.set(key, reader)
    void this.#read(row, reader).finally(() => this.#readers.delete(key))
  }

  /** Of what came since it was asked before; undefined: it is not read. */
  read(row: ResourceEntry): StreamReading | undefined {
    const reader = this.#readers.get(keyOf(row))
    return reader && { ...reader.meter.read(performance.now()), dropped: reader.dropped() }
  }

  /** Never rejects. */
  async #read(row: ResourceEntry, reader: Reader): Promise<void> {
    try {
      await using reading = await openBytes(this.#manager, row, { from: 'latest', keep: 'latest', signal: this.#signal })
      reader.dropped = () => reading.dropped
      for await (const entry of reading) {
        reader.meter.count(performance.now(), entry.payload.length, latencyOf(this.#manager, reading, entry))
      }
    } catch {
      // its rate goes from the table
    }
  }
}
