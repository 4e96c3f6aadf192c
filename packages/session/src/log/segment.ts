import { markEveryBytes } from '../settings.ts'
import type { Window } from './aklg.ts'

/** Where an entry begins, and how many of the segment are before it. */
export interface Mark {
  readonly entry: number
  readonly offset: number
}

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
  /** No entry is older than one before it. */
  isOrdered = true
  /** Entries that the recording had before this segment, those that are gone by now included. */
  base = 0
  /** Why there is nothing to read after `bytes`. */
  damage: string | undefined
  /** Retention took it away. */
  evicted = false
  next: Segment | undefined
  // Entries here and there, for whoever looks for one by its number.
  readonly #marks: Mark[] = []
  #markAt = markEveryBytes

  constructor(init: { path: string; startNs: bigint; durationNs: bigint; found: boolean }) {
    this.path = init.path
    this.startNs = init.startNs
    this.endNs = init.startNs + init.durationNs
    this.found = init.found
  }

  /** Take an entry of so many bytes into the figures. */
  count(timestampNs: bigint, bytes: number): void {
    if (this.bytes >= this.#markAt) this.#mark()
    this.bytes += bytes
    this.entries += 1
    if (this.firstNs === undefined) {
      this.firstNs = timestampNs
      this.minNs = timestampNs
      this.maxNs = timestampNs
    } else if (timestampNs > this.maxNs) this.maxNs = timestampNs
    else {
      if (timestampNs < this.maxNs) this.isOrdered = false
      if (timestampNs < this.minNs) this.minNs = timestampNs
    }
  }

  /** An entry from which on, stepping from one to the next, that with this number in the segment is found soon; `undefined`: the first one. */
  markBefore(entry: number): Mark | undefined {
    return this.#marks.findLast((mark) => mark.entry <= entry)
  }

  #mark(): void {
    this.#marks.push({ entry: this.entries, offset: this.bytes })
    this.#markAt = this.bytes + markEveryBytes
  }
}
