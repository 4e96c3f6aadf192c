import { markEveryBytes } from '../settings.ts'
import type { Window } from './aklg.ts'

/** Where an entry begins, and how many entries of the segment come before it. */
export interface Mark {
  readonly entry: number
  readonly offset: number
}

/** One segment file of a log: its window, and what is in it by now. Segments are linked from old to new, so that a reader finds its way on. */
export class Segment implements Window {
  readonly path: string
  readonly startNs: bigint
  readonly endNs: bigint
  /** Whether the file was there before this session. */
  readonly found: boolean
  /** Its place in the log: larger than that of every older segment. */
  ordinal = 0
  /** Appended so far, header included. */
  bytes = 0
  /** How many of {@link bytes} are in the file; always up to the end of an entry. */
  written = 0
  entries = 0
  /** Timestamp of the first entry. */
  firstNs: bigint | undefined
  minNs = 0n
  maxNs = 0n
  /** No entry is older than one before it. */
  isOrdered = true
  /** Entries of the recording before this segment, also those that retention has removed. */
  base = 0
  /** What is wrong with the file after `bytes`, when something is. */
  damage: string | undefined
  /** Whether retention has removed it. */
  evicted = false
  next: Segment | undefined
  // The places of some entries, so that one can be found by its number without reading the whole file.
  readonly #marks: Mark[] = []
  #markAt = markEveryBytes

  constructor(init: { path: string; startNs: bigint; durationNs: bigint; found: boolean }) {
    this.path = init.path
    this.startNs = init.startNs
    this.endNs = init.startNs + init.durationNs
    this.found = init.found
  }

  /** Counts an entry of so many bytes, header included. */
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

  /** The last marked entry that is not after the one with this number in the segment; `undefined`: begin at the first entry. */
  markBefore(entry: number): Mark | undefined {
    return this.#marks.findLast((mark) => mark.entry <= entry)
  }

  #mark(): void {
    this.#marks.push({ entry: this.entries, offset: this.bytes })
    this.#markAt = this.bytes + markEveryBytes
  }
}
