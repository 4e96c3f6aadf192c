/**
 * What a stream has received and its reader has not taken yet: chunks as they arrived, cut into frames only when one is asked for.
 *
 * A frame inside one chunk is never copied, one that spans several is put together once, when it is whole.
 */

import { Chunks } from '../exchange/chunks.ts'
import { emptyFrame } from '../protocols/codec-errors.ts'
import { checkFrameSize, framePrefixBytes } from '../protocols/frame.ts'

/** A frame without its prefix: `bytes[from, to)`. */
export interface Frame {
  readonly bytes: Uint8Array
  readonly from: number
  readonly to: number
}

export class ChunkQueue {
  readonly #frameBytesMax: number
  readonly #chunks = new Chunks()
  /** Where the next frame begins in the first chunk. */
  #at = 0
  /** Length of the next frame with its prefix; 0 while that is not known. */
  #next = 0

  constructor(frameBytesMax: number) {
    this.#frameBytesMax = frameBytesMax
  }

  get bytes(): number {
    return this.#chunks.bytes - this.#at
  }

  /** Takes over `chunk`, which must not change afterwards. */
  push(chunk: Uint8Array): void {
    this.#chunks.push(chunk)
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
    const first = this.#chunks.list[0]!
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
      if (this.bytes < framePrefixBytes) return false
      const length = this.#readLength(0)
      checkFrameSize(length, this.#frameBytesMax)
      if (length === 0) throw emptyFrame()
      this.#next = framePrefixBytes + length
    }
    return this.bytes >= this.#next
  }

  /** How many frames are whole, counted up to `max`. @throws as {@link take}, for the first frame. */
  count(max: number): number {
    if (!this.hasFrame()) return 0
    let count = 1
    for (let offset = this.#next; count < max && this.bytes >= offset + framePrefixBytes; count++) {
      offset += framePrefixBytes + this.#readLength(offset)
      if (offset > this.bytes) break
    }
    return count
  }

  /** Throws away what is held. */
  clear(): void {
    this.#chunks.clear()
    this.#at = 0
    this.#next = 0
  }

  #dropFirst(): void {
    this.#chunks.shift()
    this.#at = 0
  }

  #join(length: number): Uint8Array {
    const frame = new Uint8Array(length)
    let filled = 0
    while (filled < length) {
      const first = this.#chunks.list[0]!
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
      while (at >= this.#chunks.list[index]!.length) at -= this.#chunks.list[index++]!.length
      length = length * 256 + this.#chunks.list[index]![at]!
    }
    return length
  }
}
