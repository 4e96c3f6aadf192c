import type { ReadFile } from '@auki/registry'
import { scanBlockBytes, zeroTailBytesMin } from '../settings.ts'

/**
 * The zeros at the end of a file, as a file system leaves them after a power failure: room was made for bytes that never came.
 *
 * Twelve zeros are also an entry without payload at time 0, so only a long run of them that reaches the end is judged, and only where an entry would be empty.
 */
export class ZeroTail {
  readonly #file: ReadFile
  readonly #fileBytes: number
  /** Where the run begins. */
  #from: number | undefined

  constructor(file: ReadFile, fileBytes: number) {
    this.#file = file
    this.#fileBytes = fileBytes
  }

  /** What is wrong with an entry of zeros at `offset`; `undefined` when something else follows, or the zeros are too few to tell. */
  async fault(offset: number): Promise<string | undefined> {
    this.#from ??= await this.#find(Math.max(0, Math.min(offset, this.#fileBytes - zeroTailBytesMin)))
    if (offset < this.#from || this.#fileBytes - this.#from < zeroTailBytesMin) return undefined
    return `the file ends in ${this.#fileBytes - this.#from} zeros or more, as a power failure leaves them`
  }

  // Looks from the end of the file, and no further back than `from`: there are few zeros in most files.
  async #find(from: number): Promise<number> {
    for (let end = this.#fileBytes; end > from; end -= scanBlockBytes) {
      const start = Math.max(from, end - scanBlockBytes)
      const block = await this.#file.read(start, end - start)
      const last = block.findLastIndex((byte) => byte !== 0)
      if (last !== -1) return start + last + 1
    }
    return from
  }
}
