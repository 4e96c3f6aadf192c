/**
 * Entries cut into the pieces in which they are written.
 *
 * Small entries share a piece: one write, one encryption, one packet for hundreds of them. Large ones are cut, not copied, into smaller pieces. Other substreams of the
 * connection wait while a piece is written, so it never has more than {@link pieceBytesMax}, and on a slow path far less.
 */

import { writeEntryHead } from '../protocols/stream-entry.ts'
import { writeEntryTail } from '../protocols/stream-entry-tail.ts'
import { copiedBytesMax, cutPieceBytesMax, entryHeadBytesMax, entryTailBytesMax, pieceBytesMax } from '../settings.ts'
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

/** Of an entry, beside its payload. */
const frameBytesMax = entryHeadBytesMax + entryTailBytesMax

/** Makes pieces, one after the other: the bytes of a piece are good until the next one is asked for. */
export class PieceMaker {
  readonly #stamp: Stamp
  readonly #bytesMax: () => number
  /** Of the piece under way. It is asked for once in each: millions of entries a second are in few of them. */
  #max: number = pieceBytesMax
  readonly #tail = new Uint8Array(entryTailBytesMax)
  #buffer = new Uint8Array(bufferBytesMin)
  // The piece under way: parts that are done, and what was written to the buffer since, from `#from` to `#to`.
  #parts: Uint8Array[] = []
  #bytes = 0
  #from = 0
  #to = 0

  /** @param bytesMax - most bytes of the next piece, at most {@link pieceBytesMax}; it may change from piece to piece */
  constructor(stamp: Stamp, bytesMax: () => number = () => pieceBytesMax) {
    this.#stamp = stamp
    this.#bytesMax = bytesMax
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
      if (this.#pending > 0 && this.#pending + this.#roomFor(bytes) > this.#max) yield this.#finish()
      if (this.#pending === 0) this.#max = this.#bytesMax()
      const room = this.#roomFor(bytes)
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
      if (room > frameBytesMax) this.#copy(bytes)
      else yield* this.#cut(bytes.length > copiedBytesMax ? bytes : bytes.slice())
      if (tailBytes === 0) continue
      if (this.#pending + tailBytes > this.#max) yield this.#finish()
      this.#copyTail(tailBytes)
    }
    if (this.#pending > 0) yield this.#finish()
  }

  /** What an entry takes of the buffer: its payload too, where that is copied. */
  #roomFor(bytes: Uint8Array): number {
    const room = frameBytesMax + bytes.length
    return bytes.length <= copiedBytesMax && room <= this.#max ? room : frameBytesMax
  }

  /** Bytes of the piece under way. */
  get #pending(): number {
    return this.#bytes + this.#to - this.#from
  }

  /** A payload as it is, in as many pieces as it takes; the last one stays open. Its last pieces may be written when the batch is over. */
  *#cut(bytes: Uint8Array): Generator<Piece, void, undefined> {
    for (let start = 0; start < bytes.length; ) {
      this.#closePart()
      if (this.#pending === 0) this.#max = this.#bytesMax()
      const max = Math.min(this.#max, cutPieceBytesMax)
      const end = Math.min(bytes.length, start + Math.max(0, max - this.#bytes))
      this.#parts.push(bytes.subarray(start, end))
      this.#bytes += end - start
      start = end
      if (this.#bytes >= max) yield this.#finish()
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
