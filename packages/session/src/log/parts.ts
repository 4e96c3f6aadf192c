/**
 * Appended bytes in memory: a list of parts, linked from old to new, in the order in which they go into the files.
 *
 * Nothing holds the whole list. The buffer holds on to the first part that it still needs, each reader to the one it is at; what is before both is garbage.
 */
import { entryHeaderBytes, segmentHeaderBytes, viewOf } from './aklg.ts'
import type { StoredEntry } from './log-entry.ts'
import type { Segment } from './segment.ts'

/** A piece of memory that is filled with small entries, one after the other. */
export interface Chunk {
  readonly bytes: Uint8Array
  readonly view: DataView
  /** A reader that keeps what it gets may have a view of it, so it must not be filled again. */
  isKept: boolean
}

/** Whether a reader may keep the entries of a batch, or has done with them when it asks for the next one. */
export type Hold = 'keeps' | 'returns'

/** A stretch of a segment: entries in a chunk, or one large payload as the very array that was appended. */
export interface Part {
  /** Bytes appended before it, over all segments. */
  readonly at: number
  readonly segment: Segment
  /** Where in the segment it begins. */
  readonly offset: number
  readonly bytes: Uint8Array
  /** `undefined` for a large payload. The part before ends with its header. */
  readonly chunk: Chunk | undefined
  readonly from: number
  /** Grows while nothing follows in its chunk. */
  to: number
  next: Part | undefined
}

export function newChunk(length: number): Chunk {
  const bytes = new Uint8Array(length)
  return { bytes, view: viewOf(bytes), isKept: false }
}

/** A place between two entries, which moves on entry by entry. */
export class Place {
  #part: Part
  #index: number
  readonly #hold: Hold

  constructor(part: Part, index: number, hold: Hold) {
    this.#part = part
    this.#index = index
    this.#hold = hold
    this.#markKept()
  }

  /** The segment of the entry read last. */
  get segment(): Segment {
    return this.#part.segment
  }

  /** Bytes appended before it, over all segments. */
  get at(): number {
    return this.#part.at + this.#index - this.#part.from
  }

  /** The next entry; `undefined` while nothing follows. */
  read(): StoredEntry | undefined {
    while (this.#index === this.#part.to) {
      if (this.#part.next === undefined) return undefined
      this.#part = this.#part.next
      this.#index = this.#part.from + (this.#part.offset === 0 ? segmentHeaderBytes : 0)
      this.#markKept()
    }
    const { bytes, chunk, to, next } = this.#part
    const timestampNs = chunk!.view.getBigInt64(this.#index, true)
    const payloadBytes = chunk!.view.getUint32(this.#index + 8, true)
    const from = this.#index + entryHeaderBytes
    if (from + payloadBytes <= to) {
      this.#index = from + payloadBytes
      return { timestampNs, bytes: bytes.subarray(from, this.#index) }
    }
    this.#part = next!
    this.#index = next!.to
    return { timestampNs, bytes: next!.bytes }
  }

  #markKept(): void {
    if (this.#hold === 'keeps' && this.#part.chunk !== undefined) this.#part.chunk.isKept = true
  }
}
