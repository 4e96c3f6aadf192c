/**
 * What a stream has received and its reader has not taken yet: the chunks as they came, cut into frames only when one is wanted.
 *
 * A frame inside one chunk is never copied, one that spans several is put together once, when it is whole. Crumbs are collected in blocks, so that a
 * peer that sends byte by byte does not cost more than it sends.
 */
import { emptyFrame } from '../protocols/errors.ts'
import { checkFrameSize, framePrefixBytes } from '../protocols/frame.ts'

/** Chunks below this are copied together. */
const crumbBytesMax = 1_024
const blockBytesMax = 16_384

/** A frame without its prefix: `bytes[from, to)`. */
export interface Frame {
  readonly bytes: Uint8Array
  readonly from: number
  readonly to: number
}

export class ChunkQueue {
  readonly #frameBytesMax: number
  #chunks: Uint8Array[] = []
  /** Where the next frame begins in the first chunk. */
  #at = 0
  /** Bytes held. */
  #bytes = 0
  /** Length of the next frame with its prefix; 0 while that is not known. */
  #next = 0
  /** The block that crumbs go to, when it is behind the last chunk. */
  #block: Uint8Array | undefined

  constructor(frameBytesMax: number) {
    this.#frameBytesMax = frameBytesMax
  }

  get bytes(): number {
    return this.#bytes
  }

  /** Takes over `chunk`, which must not change afterwards. */
  push(chunk: Uint8Array): void {
    if (chunk.length === 0) return
    this.#bytes += chunk.length
    if (chunk.length < crumbBytesMax && this.#chunks.length > 0) this.#collect(chunk)
    else {
      // A view, because `chunk` may be a Node Buffer, and what is cut out of that would be one, too.
      this.#chunks.push(new Uint8Array(chunk.buffer, chunk.byteOffset, chunk.length))
      this.#block = undefined
    }
  }

  /**
   * Takes the next frame; `undefined` while it is not whole.
   *
   * @throws CodecError 'frame-too-large' | 'empty-frame', both as soon as the prefix is there.
   */
  take(): Frame | undefined {
    if (!this.hasFrame()) return undefined
    const length = this.#next
    this.#next = 0
    this.#bytes -= length
    const first = this.#chunks[0]!
    const from = this.#at + framePrefixBytes
    const to = this.#at + length
    if (to < first.length) {
      this.#at = to
      return { bytes: first, from, to }
    }
    if (to === first.length) {
      this.#dropFirst()
      return { bytes: first, from, to }
    }
    return { bytes: this.#join(length), from: framePrefixBytes, to: length }
  }

  /** Whether the next frame is whole. @throws as {@link take} */
  hasFrame(): boolean {
    if (this.#next === 0) {
      if (this.#bytes < framePrefixBytes) return false
      const length = this.#readLength(0)
      checkFrameSize(length, this.#frameBytesMax)
      if (length === 0) throw emptyFrame()
      this.#next = framePrefixBytes + length
    }
    return this.#bytes >= this.#next
  }

  /** How many frames are whole, counted up to `max`. @throws as {@link take}, for the first frame. */
  count(max: number): number {
    if (!this.hasFrame()) return 0
    let count = 1
    for (let offset = this.#next; count < max && this.#bytes >= offset + framePrefixBytes; count++) {
      offset += framePrefixBytes + this.#readLength(offset)
      if (offset > this.#bytes) break
    }
    return count
  }

  /** Throws away what is held. */
  clear(): void {
    this.#chunks = []
    this.#block = undefined
    this.#at = 0
    this.#bytes = 0
    this.#next = 0
  }

  #collect(chunk: Uint8Array): void {
    const last = this.#chunks.length - 1
    const block = this.#block
    const used = this.#chunks[last]!.length
    if (block !== undefined && used + chunk.length <= block.length) {
      block.set(chunk, used)
      this.#chunks[last] = block.subarray(0, used + chunk.length)
      return
    }
    this.#block = new Uint8Array(Math.min(blockBytesMax, this.#bytes))
    this.#block.set(chunk)
    this.#chunks.push(this.#block.subarray(0, chunk.length))
  }

  #dropFirst(): void {
    this.#chunks.shift()
    this.#at = 0
    if (this.#chunks.length === 0) this.#block = undefined
  }

  #join(length: number): Uint8Array {
    const frame = new Uint8Array(length)
    let filled = 0
    while (filled < length) {
      const first = this.#chunks[0]!
      const end = Math.min(first.length, this.#at + length - filled)
      frame.set(first.subarray(this.#at, end), filled)
      filled += end - this.#at
      if (end === first.length) this.#dropFirst()
      else this.#at = end
    }
    return frame
  }

  /** The length in the prefix that begins `offset` bytes behind the start of the queue. */
  #readLength(offset: number): number {
    let index = 0
    let at = this.#at + offset
    let length = 0
    for (let i = 0; i < framePrefixBytes; i++, at++) {
      while (at >= this.#chunks[index]!.length) at -= this.#chunks[index++]!.length
      length = length * 256 + this.#chunks[index]![at]!
    }
    return length
  }
}
