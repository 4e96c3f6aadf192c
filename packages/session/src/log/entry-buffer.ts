/**
 * What was appended and is not in a file yet.
 *
 * The bytes are laid out as they will be in the file, in {@link Part}s: small entries one after the other in chunks, a large payload as the very array that
 * was appended. A write hands these parts to the storage without copying them, and readers that are close behind step through the same parts.
 */
import { chunkBytesMax, chunkBytesMin, idleSparesMax, sharedPayloadBytesMin, spareChunksMax, writtenChunksMax } from '../settings.ts'
import { encodeSegmentHeader, entryHeaderBytes, segmentHeaderBytes } from './aklg.ts'
import { type Chunk, type Hold, newChunk, type Part, Place } from './parts.ts'
import type { Segment } from './segment.ts'

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
  /** From where on readers still need what is in memory, in bytes appended. */
  readonly #neededFrom: () => number
  #chunk = newChunk(0)
  #used = 0
  /** To be filled again. */
  readonly #spares: Chunk[] = []
  /** Written, but readers may still need them; `to`: where they end, in bytes appended. */
  readonly #written: { readonly chunk: Chunk; readonly to: number }[] = []
  #last: Part | undefined
  // The first part that is not written to its end (the last part, when all are), its chunk, and up to where it is written.
  #first: Part | undefined
  #firstChunk: Chunk | undefined
  #writtenTo = 0
  // The part in which the newest entry begins.
  #newest: Part | undefined

  constructor(neededFrom: () => number) {
    this.#neededFrom = neededFrom
  }

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
      if (rest === 0) break
      this.#skipWritten()
    }
    if (this.unwritten === 0) this.#reclaim(idleSparesMax)
  }

  /** The place at byte `offset` of a segment, where an entry begins; `undefined` when that entry is not in memory. */
  find(segment: Segment, offset: number, hold: Hold): Place | undefined {
    for (let part = this.#oldest(); part !== undefined; part = part.next) {
      const index = part.from + offset - part.offset
      if (part.segment === segment && index >= part.from && index < part.to) return new Place(part, index, hold)
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

  // A log with few bytes needs small chunks. They grow, and more than some are kept to be filled again, only while the disk does not keep up.
  #startChunk(bytesMin: number): void {
    const { length } = this.#chunk.bytes
    const isSlow = this.unwritten >= length / 2
    this.#reclaim(isSlow ? spareChunksMax : idleSparesMax)
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
      if (this.#first.chunk !== undefined) this.#turnTo(this.#first.chunk, this.#first.at)
    }
  }

  #turnTo(next: Chunk, at: number): void {
    const chunk = this.#firstChunk
    this.#firstChunk = next
    if (chunk === undefined || chunk === next || chunk.bytes.length < chunkBytesMax) return
    this.#written.push({ chunk, to: at })
    if (this.#written.length > writtenChunksMax) this.#written.shift()
  }

  // A chunk can be filled again when it is written and no reader has, or will have, a view of it.
  #reclaim(sparesMax: number): void {
    const neededFrom = this.#neededFrom()
    while (this.#written[0] !== undefined && this.#written[0].to <= neededFrom) {
      const { chunk } = this.#written.shift()!
      if (!chunk.isKept) this.#spares.push(chunk)
    }
    this.#spares.length = Math.min(this.#spares.length, sparesMax)
  }
}
