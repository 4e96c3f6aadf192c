/** Reads segment files for a cursor, and holds what it reads against the checksums. */
import type { Storage } from '@auki/registry'
import { formatError, ioError, wrongChecksum } from '../errors.ts'
import type { Segment } from './segment.ts'
import type { Sums } from './sums.ts'
import { extendSums, loadSums } from './sums-file.ts'

/** Bytes of a segment, from where the cursor is on. */
export interface Block {
  readonly bytes: Uint8Array
  /** How many there are when the file is as long as it was. */
  readonly wanted: number
}

export class SegmentReader {
  readonly #storage: Storage
  #segment: Segment | undefined
  #sums: Sums | undefined

  constructor(storage: Storage) {
    this.#storage = storage
  }

  /**
   * About `length` bytes from byte `offset` on, where an entry begins, as far as they are as they were written; `undefined` when the file is gone.
   *
   * @throws LogError `format` when the first of them are not; `io`.
   */
  async read(segment: Segment, offset: number, length: number): Promise<Block | undefined> {
    const { path, written } = segment
    try {
      await this.#turnTo(segment, Math.min(offset + length, written))
      const start = this.#sums?.startOf(offset) ?? offset
      const end = Math.min(this.#sums?.endOf(offset + length) ?? offset + length, written)
      const block = await this.#storage.readRange(path, start, end - start)
      return block && { bytes: this.#checked(segment, block, start, offset).subarray(offset - start), wanted: end - offset }
    } catch (cause) {
      throw ioError(cause, { path })
    }
  }

  async #turnTo(segment: Segment, end: number): Promise<void> {
    if (this.#segment !== segment) {
      this.#sums = await loadSums(this.#storage, segment.path)
      this.#segment = segment
    } else if (this.#sums !== undefined && this.#sums.end < end) await extendSums(this.#storage, segment.path, this.#sums)
  }

  #checked(segment: Segment, block: Uint8Array, start: number, offset: number): Uint8Array {
    const wrong = this.#sums?.firstWrong(block, start)
    if (wrong === undefined) return block
    const isWhole = this.#sums!.endOf(wrong + 1) <= start + block.length
    if (wrong <= offset && isWhole) throw formatError(segment.path, offset, wrongChecksum)
    return block.subarray(0, Math.max(wrong, offset) - start)
  }
}
