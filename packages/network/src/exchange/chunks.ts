import { blockBytesMax, smallBytesMax } from '../settings.ts'

/** Chunks as they arrived. Small ones are collected in blocks: without that, a peer that sends single bytes would cost us an object for each. */
export class Chunks {
  readonly list: Uint8Array[] = []
  #bytes = 0
  /** The block that the last chunk is a part of, if small ones were collected there. */
  #block: Uint8Array | undefined

  /** Bytes in the list. */
  get bytes(): number {
    return this.#bytes
  }

  /** Takes over `chunk`, which must not change afterwards. */
  push(chunk: Uint8Array): void {
    if (chunk.length === 0) return
    this.#bytes += chunk.length
    if (chunk.length < smallBytesMax && this.list.length > 0) this.#collect(chunk)
    else {
      // A view, because `chunk` may be a Node Buffer, and what is cut out of that would be one, too.
      this.list.push(new Uint8Array(chunk.buffer, chunk.byteOffset, chunk.length))
      this.#block = undefined
    }
  }

  /** Takes the first chunk out. */
  shift(): Uint8Array | undefined {
    const chunk = this.list.shift()
    this.#bytes -= chunk?.length ?? 0
    if (this.list.length === 0) this.#block = undefined
    return chunk
  }

  clear(): void {
    this.list.length = 0
    this.#bytes = 0
    this.#block = undefined
  }

  #collect(chunk: Uint8Array): void {
    const last = this.list.length - 1
    const block = this.#block
    const used = this.list[last]!.length
    if (block !== undefined && used + chunk.length <= block.length) {
      block.set(chunk, used)
      this.list[last] = block.subarray(0, used + chunk.length)
      return
    }
    this.#block = new Uint8Array(Math.min(blockBytesMax, this.#bytes))
    this.#block.set(chunk)
    this.list.push(this.#block.subarray(0, chunk.length))
  }
}
