/**
 * Entries cut into the pieces in which they are written.
 *
 * Small entries share a piece: one write, one encryption, one packet for hundreds of them. Large ones are cut, not copied. Other substreams of the
 * connection wait while a piece is written, so it never has more than {@link pieceBytesMax}.
 */

import { writeEntryHead } from '../protocols/stream-entry.ts'
import { writeEntryTail } from '../protocols/stream-entry-tail.ts'
import { copiedBytesMax, entryHeadBytesMax, entryTailBytesMax, pieceBytesMax } from '../settings.ts'
import type { SourceEntry } from './stream-api.ts'

const bufferBytesMin = 1_024

/** What to write at once: parts that follow each other. */
export type Piece = readonly Uint8Array[]

/** What the entries of one stream are stamped with as they are written. */
export interface Stamp {
  /** Of the next entry; u64, wraps. */
  seq: bigint
  /** Entries left out so far. */
  dropped: bigint
}

/** Makes pieces, one after the other: the bytes of a piece are good until the next one is asked for. */
export class PieceMaker {
  readonly #stamp: Stamp
  readonly #tail = new Uint8Array(entryTailBytesMax)
  #buffer = new Uint8Array(bufferBytesMin)
  // The piece under way: parts that are done, and what was written to the buffer since, from `#from` to `#to`.
  #parts: Uint8Array[] = []
  #bytes = 0
  #from = 0
  #to = 0

  constructor(stamp: Stamp) {
    this.#stamp = stamp
  }

  /**
   * The pieces of these entries. Before each entry `stopped` is asked whether it and what follows is not to be written.
   *
   * @throws CodecError 'frame-too-large' | 'encode' for an entry that can't be written, after the pieces of those before it.
   */
  *of(entries: readonly SourceEntry[], stopped: () => boolean): Generator<Piece, void, undefined> {
    const stamp = this.#stamp
    for (const { timestampNs, bytes, position = 0, gap } of entries) {
      if (stopped()) break
      const copied = bytes.length <= copiedBytesMax
      const room = entryHeadBytesMax + entryTailBytesMax + (copied ? bytes.length : 0)
      if (this.#pending + room > pieceBytesMax) yield this.#finish()
      this.#makeRoom(room)
      let tailBytes: number
      try {
        tailBytes = writeEntryTail(this.#tail, 0, stamp.dropped, position, gap)
        this.#to = writeEntryHead(this.#buffer, this.#to, timestampNs, stamp.seq, bytes.length, tailBytes)
      } catch (error) {
        if (this.#pending > 0) yield this.#finish()
        throw error
      }
      stamp.seq = BigInt.asUintN(64, stamp.seq + 1n)
      if (copied) this.#copy(bytes)
      else yield* this.#cut(bytes)
      if (tailBytes === 0) continue
      if (this.#pending + tailBytes > pieceBytesMax) yield this.#finish()
      this.#copyTail(tailBytes)
    }
    if (this.#pending > 0) yield this.#finish()
  }

  /** Bytes of the piece under way. */
  get #pending(): number {
    return this.#bytes + this.#to - this.#from
  }

  /** A payload as it is, in as many pieces as it takes; the last one stays open. */
  *#cut(bytes: Uint8Array): Generator<Piece, void, undefined> {
    for (let start = 0; start < bytes.length; ) {
      this.#closePart()
      const end = Math.min(bytes.length, start + pieceBytesMax - this.#bytes)
      this.#parts.push(bytes.subarray(start, end))
      this.#bytes += end - start
      start = end
      if (this.#bytes === pieceBytesMax) yield this.#finish()
    }
  }

  #copy(bytes: Uint8Array): void {
    this.#buffer.set(bytes, this.#to)
    this.#to += bytes.length
  }

  // Some bytes: a view of them would cost more than the copy.
  #copyTail(tailBytes: number): void {
    for (let at = 0; at < tailBytes; at++) this.#buffer[this.#to + at] = this.#tail[at]!
    this.#to += tailBytes
  }

  // A stream with little to say needs little room.
  #makeRoom(bytes: number): void {
    const { length } = this.#buffer
    if (this.#to + bytes <= length) return
    this.#closePart()
    this.#buffer = new Uint8Array(Math.min(pieceBytesMax, Math.max(bytes, 4 * length)))
    this.#from = 0
    this.#to = 0
  }

  #closePart(): void {
    if (this.#from === this.#to) return
    this.#parts.push(this.#buffer.subarray(this.#from, this.#to))
    this.#bytes += this.#to - this.#from
    this.#from = this.#to
  }

  #finish(): Piece {
    this.#closePart()
    const piece = this.#parts
    this.#parts = []
    this.#bytes = 0
    this.#from = 0
    this.#to = 0
    return piece
  }
}
