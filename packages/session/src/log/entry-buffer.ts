/**
 * What was appended and is not in a file yet, and a little more for readers that are close behind.
 *
 * The bytes are kept as they will be in the file, in parts: small entries one after the other in chunks, a large payload as the very array that was
 * appended. So a write hands over parts without putting them together, and a reader steps through the same parts. They are linked from old to new and the
 * buffer holds only what it needs itself: what a reader has not passed yet, the reader holds.
 */
import { encodeSegmentHeader, entryHeaderBytes, segmentHeaderBytes, viewOf } from './aklg.ts'
import type { Segment } from './segment.ts'

const chunkBytesMin = 4 * 1024
const chunkBytesMax = 256 * 1024
/** Chunks kept to be filled again: what one write empties. New memory costs more than copying into it. */
const sparesMax = 8
/** Payloads from here on are kept as they are; below, copying costs less than another part. */
export const sharedPayloadBytesMin = 4 * 1024

/** An entry as it is in the log. */
export interface RawEntry {
  readonly timestampNs: bigint
  /** The payload as it was appended or encoded. Others read the same bytes: copy them before changing them. */
  readonly bytes: Uint8Array
}

/** An entry with its place in the recording. */
export interface NumberedEntry extends RawEntry {
  /** Counts from 1, over all entries that the recording ever had. */
  readonly position: number
}

interface Chunk {
  readonly bytes: Uint8Array
  readonly view: DataView
  /** Somebody may have a piece of it, so it is filled only once. */
  isRead: boolean
}

interface Part {
  /** Bytes appended before it, of all segments. */
  readonly at: number
  readonly segment: Segment
  /** Where in the segment it begins. */
  readonly offset: number
  readonly bytes: Uint8Array
  /** None for the payload whose header ends the part before. */
  readonly chunk: Chunk | undefined
  readonly from: number
  /** Grows while nothing follows in its chunk. */
  to: number
  next: Part | undefined
}

/** What can be written at once. */
export interface Slice {
  readonly segment: Segment
  readonly parts: readonly Uint8Array[]
  readonly bytes: number
}

export class EntryBuffer {
  /** All bytes ever appended, and those of them that are written. */
  appended = 0
  written = 0
  /** While somebody follows, what was written may still be about to be read. */
  isFollowed = false
  #chunk = newChunk(0)
  #used = 0
  readonly #spares: Chunk[] = []
  // The chunk of the first part below.
  #firstChunk: Chunk | undefined
  #last: Part | undefined
  // The first part that is not written, or the last one, and up to where it is.
  #first: Part | undefined
  #writtenTo = 0
  // Where the newest entry begins.
  #newest: Part | undefined

  get unwritten(): number {
    return this.appended - this.written
  }

  /** The first bytes of a new segment. */
  begin(segment: Segment): void {
    const part = this.#roomFor(segment, segmentHeaderBytes)
    part.bytes.set(encodeSegmentHeader(segment.startNs), part.to)
    this.#grow(part, segmentHeaderBytes)
  }

  /** Append an entry to the end of `segment`; returns how many bytes it takes. */
  push(segment: Segment, timestampNs: bigint, payload: Uint8Array): number {
    const isShared = payload.length >= sharedPayloadBytesMin
    const bytes = entryHeaderBytes + (isShared ? 0 : payload.length)
    const part = this.#roomFor(segment, bytes)
    part.chunk!.view.setBigInt64(part.to, timestampNs, true)
    part.chunk!.view.setUint32(part.to + 8, payload.length, true)
    if (!isShared) part.bytes.set(payload, part.to + entryHeaderBytes)
    this.#grow(part, bytes)
    this.#newest = part
    if (!isShared) return bytes
    this.#link(segment, segment.bytes + entryHeaderBytes, { bytes: payload, chunk: undefined, from: 0, to: payload.length })
    this.appended += payload.length
    return bytes + payload.length
  }

  /** Up to about `bytesMax` bytes of one segment that are not written; `undefined` when all are. */
  take(bytesMax: number): Slice | undefined {
    this.#skipWritten()
    let part = this.#first
    if (part === undefined || this.#writtenTo === part.to) return undefined
    const { segment } = part
    const parts: Uint8Array[] = []
    let bytes = 0
    let from = this.#writtenTo
    // A payload goes with its header: what is written ends at the end of an entry.
    while (part?.segment === segment && (bytes < bytesMax || part.chunk === undefined)) {
      parts.push(part.bytes.subarray(from, part.to))
      bytes += part.to - from
      part = part.next
      from = part?.from ?? 0
    }
    return { segment, parts, bytes }
  }

  /** What was taken is in the file. */
  wrote({ segment, bytes }: Slice): void {
    segment.written += bytes
    this.written += bytes
    for (let rest = bytes; ; ) {
      const step = Math.min(rest, this.#first!.to - this.#writtenTo)
      this.#writtenTo += step
      rest -= step
      if (rest === 0) return
      this.#skipWritten()
    }
  }

  /** The place at byte `offset` of a segment, where an entry begins; `undefined` when that entry is not in memory. */
  find(segment: Segment, offset: number): Place | undefined {
    for (let part = this.#oldest(); part !== undefined; part = part.next) {
      const index = part.from + offset - part.offset
      if (part.segment === segment && index >= part.from && index < part.to) return new Place(part, index)
    }
    return undefined
  }

  #oldest(): Part | undefined {
    const [first, newest] = [this.#first, this.#newest]
    return first !== undefined && newest !== undefined && newest.at < first.at ? newest : first
  }

  #roomFor(segment: Segment, bytes: number): Part {
    const fits = this.#used + bytes <= this.#chunk.bytes.length
    if (fits && this.#last?.segment === segment && this.#last.chunk === this.#chunk) return this.#last
    if (!fits) this.#startChunk(bytes)
    const chunk = this.#chunk
    return this.#link(segment, segment.bytes, { bytes: chunk.bytes, chunk, from: this.#used, to: this.#used })
  }

  // A log with little to say needs little room: chunks grow, and are kept, only when the disk does not keep up with them.
  #startChunk(bytesMin: number): void {
    const { length } = this.#chunk.bytes
    const isSlow = this.unwritten >= length / 2
    if (!isSlow) this.#spares.length = 0
    const wanted = Math.max(bytesMin, chunkBytesMin, isSlow ? Math.min(2 * length, chunkBytesMax) : length)
    this.#chunk = this.#spares.pop() ?? newChunk(wanted)
    this.#used = 0
  }

  #grow(part: Part, bytes: number): void {
    part.to += bytes
    this.#used += bytes
    this.appended += bytes
  }

  #link(segment: Segment, offset: number, bytes: Pick<Part, 'bytes' | 'chunk' | 'from' | 'to'>): Part {
    const part: Part = { at: this.appended, segment, offset, ...bytes, next: undefined }
    if (this.#last !== undefined) this.#last.next = part
    this.#last = part
    if (this.#first === undefined) {
      this.#first = part
      this.#writtenTo = part.from
    }
    return part
  }

  #skipWritten(): void {
    while (this.#first?.next !== undefined && this.#writtenTo === this.#first.to) {
      this.#first = this.#first.next
      this.#writtenTo = this.#first.from
      if (this.#first.chunk !== undefined) this.#recycle(this.#first.chunk)
    }
  }

  // What is written, was not read and will not be can be filled again.
  #recycle(next: Chunk): void {
    const written = this.#firstChunk
    this.#firstChunk = next
    if (written === undefined || written === next || written.isRead || this.isFollowed) return
    if (written.bytes.length === chunkBytesMax && this.#spares.length < sparesMax) this.#spares.push(written)
  }
}

function newChunk(length: number): Chunk {
  const bytes = new Uint8Array(length)
  return { bytes, view: viewOf(bytes), isRead: false }
}

/** A place between two entries, which moves on entry by entry. */
export class Place {
  #part: Part
  #index: number

  constructor(part: Part, index: number) {
    this.#part = part
    this.#index = index
    this.#keep()
  }

  /** The segment of the entry read last. */
  get segment(): Segment {
    return this.#part.segment
  }

  /** Bytes appended before it, of all segments. */
  get at(): number {
    return this.#part.at + this.#index - this.#part.from
  }

  /** The next entry; `undefined` while nothing follows. */
  read(): RawEntry | undefined {
    while (this.#index === this.#part.to) {
      if (this.#part.next === undefined) return undefined
      this.#part = this.#part.next
      this.#index = this.#part.from + (this.#part.offset === 0 ? segmentHeaderBytes : 0)
      this.#keep()
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

  #keep(): void {
    if (this.#part.chunk !== undefined) this.#part.chunk.isRead = true
  }
}
