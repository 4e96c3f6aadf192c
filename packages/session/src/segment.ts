import type { Window } from './aklg.ts'

/** One segment file of a log: its window, and what is in it by now. Segments are linked from old to new, so that a reader finds its way on. */
export class Segment implements Window {
  readonly path: string
  readonly startNs: bigint
  readonly endNs: bigint
  /** Whether the file was there before us. */
  readonly found: boolean
  /** Counts up along the log. */
  ordinal = 0
  /** Appended so far, header included. */
  bytes = 0
  /** Of those in the file; always up to the end of an entry. */
  written = 0
  entries = 0
  /** Timestamp of the first entry. */
  firstNs: bigint | undefined
  minNs = 0n
  maxNs = 0n
  /** Why there is nothing to read after `bytes`. */
  damage: string | undefined
  /** Retention took it away. */
  evicted = false
  next: Segment | undefined

  constructor(init: { path: string; startNs: bigint; durationNs: bigint; found: boolean }) {
    this.path = init.path
    this.startNs = init.startNs
    this.endNs = init.startNs + init.durationNs
    this.found = init.found
  }

  /** Take an entry of so many bytes into the figures. */
  count(timestampNs: bigint, bytes: number): void {
    this.bytes += bytes
    this.entries += 1
    if (this.firstNs === undefined) {
      this.firstNs = timestampNs
      this.minNs = timestampNs
      this.maxNs = timestampNs
    } else if (timestampNs > this.maxNs) this.maxNs = timestampNs
    else if (timestampNs < this.minNs) this.minNs = timestampNs
  }
}
