/**
 * The checksums of a segment file, in a file beside it that other implementations ignore: what was written can be told from what a crash left.
 *
 *   header  8 bytes   'AKLS' | u16 LE version = 1 | u16 LE 0
 *   group             u32 LE pieces | u32 LE writer | for each piece: u32 LE bytes, u32 LE XXH32 of them | u32 LE XXH32 of the group up to here
 *
 * A piece is a run of whole entries. The first one begins after the segment's header, each of the others where the one before ends. A group is written, and
 * given to the disk, before the entries that it is about; so what is in no piece was not written by this writer. `writer` is the XXH32 of the session's id: a
 * segment that another implementation has gone on with is known by a manifest that names another session. A sum of 0 checks nothing: it stands for what
 * was there before the checksums.
 */
import { checksum } from '@auki/canonical'
import { bytesOf } from '@auki/registry'
import { pieceBytesMax, piecesPerWrite, uncheckedBytesMax } from '../settings.ts'
import { entryHeaderBytes, segmentHeaderBytes, viewOf } from './aklg.ts'

export const sumsHeader = Uint8Array.of(0x41, 0x4b, 0x4c, 0x53, 1, 0, 0, 0)
const groupHeadBytes = 8
const pieceBytes = 8
const unchecked = 0

/** A run of whole entries. */
export interface Piece {
  readonly bytes: number
  readonly sum: number
}

/** Names the session that writes. */
export function writerOf(sessionId: string): number {
  return checksum([bytesOf(sessionId)])
}

/** Where the checksums of a segment are. */
export function sumsPath(segmentPath: string): string {
  return segmentPath.replace(/\.seg$/, '.sum')
}

/** The pieces of what is about to be written, which consists of whole entries after `skipped` bytes. */
export function piecesOf(parts: readonly Uint8Array[], bytes: number, skipped: number): Piece[] {
  const bytesMin = Math.min(pieceBytesMax, bytes / piecesPerWrite)
  const pieces: Piece[] = []
  let open: Uint8Array[] = []
  let openBytes = 0
  const close = (): void => {
    if (openBytes > 0) pieces.push({ bytes: openBytes, sum: checksum(open) || 1 })
    open = []
    openBytes = 0
  }
  let entryLeft = 0
  for (const [i, part] of parts.entries()) {
    const view = viewOf(part)
    let from = i === 0 ? skipped : 0
    for (let at = from; at < part.length; ) {
      if (entryLeft === 0) {
        if (openBytes + at - from >= bytesMin) {
          open.push(part.subarray(from, at))
          openBytes += at - from
          close()
          from = at
        }
        entryLeft = entryHeaderBytes + view.getUint32(at + 8, true)
      }
      const step = Math.min(entryLeft, part.length - at)
      at += step
      entryLeft -= step
    }
    open.push(part.subarray(from))
    openBytes += part.length - from
  }
  close()
  return pieces
}

/** Pieces for bytes that were there before the checksums. */
export function uncheckedPieces(bytes: number): Piece[] {
  const pieces: Piece[] = []
  for (let left = bytes; left > 0; left -= uncheckedBytesMax) pieces.push({ bytes: Math.min(left, uncheckedBytesMax), sum: unchecked })
  return pieces
}

export function encodeGroup(pieces: readonly Piece[], writer: number): Uint8Array {
  const group = new Uint8Array(groupHeadBytes + pieces.length * pieceBytes + 4)
  const view = viewOf(group)
  view.setUint32(0, pieces.length, true)
  view.setUint32(4, writer, true)
  for (const [i, { bytes, sum }] of pieces.entries()) {
    view.setUint32(groupHeadBytes + i * pieceBytes, bytes, true)
    view.setUint32(groupHeadBytes + i * pieceBytes + 4, sum, true)
  }
  view.setUint32(group.length - 4, checksum([group.subarray(0, -4)]), true)
  return group
}

/** What the checksums of one segment say. */
export class Sums {
  /** Bytes of the checksum file that are understood. */
  parsed = 0
  /** Whether something follows that no writer wrote. */
  broken = false
  /** The session that wrote last; `undefined` before the first group. */
  writer: number | undefined
  /** Where each piece ends in the segment, after the start of the first. */
  readonly #ends: number[] = [segmentHeaderBytes]
  readonly #sums: number[] = []

  /** Up to where the pieces reach. */
  get end(): number {
    return this.#ends.at(-1)!
  }

  /** Take in what follows in the file. */
  add(bytes: Uint8Array): void {
    let at = 0
    if (this.parsed === 0) {
      if (!sumsHeader.every((byte, i) => bytes[i] === byte)) {
        this.broken = bytes.length > 0
        return
      }
      at = sumsHeader.length
    }
    for (let length = this.#group(bytes, at); length > 0; length = this.#group(bytes, at)) at += length
    this.parsed += at
    this.broken = at < bytes.length
  }

  /** Where the piece begins that holds the byte at `offset`; `offset` itself where no piece does. */
  startOf(offset: number): number {
    return offset >= this.end ? offset : this.#ends[this.#indexOf(offset)]!
  }

  /** Where the piece ends that holds the byte before `offset`; `offset` itself where no piece does. */
  endOf(offset: number): number {
    return offset > this.end ? offset : this.#ends[this.#indexOf(offset - 1) + 1]!
  }

  /** Where the first piece begins that `block`, which begins with a piece at `from`, does not hold as it was written; `undefined`: nowhere. */
  firstWrong(block: Uint8Array, from: number): number | undefined {
    for (let i = this.#indexOf(from); i < this.#sums.length && this.#ends[i]! < from + block.length; i++) {
      const [start, end] = [this.#ends[i]!, this.#ends[i + 1]!]
      if (end > from + block.length) return start
      const sum = this.#sums[i]!
      if (sum !== unchecked && sum !== (checksum([block.subarray(start - from, end - from)]) || 1)) return start
    }
    return undefined
  }

  /** The pieces up to `end`, the end of a piece. */
  piecesUpTo(end: number): Piece[] {
    return this.#sums
      .map((sum, i) => ({ sum, bytes: this.#ends[i + 1]! - this.#ends[i]!, end: this.#ends[i + 1]! }))
      .filter((piece) => piece.end <= end)
  }

  // The length of the group at `at`; 0 when there is none, or it is not whole.
  #group(bytes: Uint8Array, at: number): number {
    const view = viewOf(bytes)
    if (at + groupHeadBytes > bytes.length) return 0
    const pieces = view.getUint32(at, true)
    const length = groupHeadBytes + pieces * pieceBytes + 4
    if (at + length > bytes.length || view.getUint32(at + length - 4, true) !== checksum([bytes.subarray(at, at + length - 4)])) return 0
    this.writer = view.getUint32(at + 4, true)
    for (let i = 0; i < pieces; i++) {
      const piece = at + groupHeadBytes + i * pieceBytes
      this.#ends.push(this.end + view.getUint32(piece, true))
      this.#sums.push(view.getUint32(piece + 4, true))
    }
    return length
  }

  // Of the piece that holds a byte; the number of pieces where none does.
  #indexOf(offset: number): number {
    let [low, high] = [0, this.#sums.length]
    while (low < high) {
      const middle = (low + high) >>> 1
      if (this.#ends[middle + 1]! <= offset) low = middle + 1
      else high = middle
    }
    return low
  }
}
