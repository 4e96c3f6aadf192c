/** LZ4 as in MCAP chunks: frames of blocks. Only reads, and checks lengths, not checksums: a chunk has its own. */

const frameMagic = 0x184d2204
const endMark = 0
const isStored = 0x8000_0000

/** @throws RangeError for what is no frame, is damaged, or holds more than `sizeMax` bytes. */
export function decompressLz4(frame: Uint8Array, sizeMax: number): Uint8Array {
  const view = new DataView(frame.buffer, frame.byteOffset, frame.byteLength)
  if (view.getUint32(0, true) !== frameMagic) throw new RangeError('no LZ4 frame')
  const flags = view.getUint8(4)
  const hasBlockChecksum = (flags & 0x10) !== 0
  let at = 7 + ((flags & 0x08) !== 0 ? 8 : 0) + ((flags & 0x01) !== 0 ? 4 : 0)
  // A byte of a block stands for 255 at most.
  const out = new Output(Math.min(sizeMax, 255 * frame.length))
  for (;;) {
    const head = view.getUint32(at, true)
    if (head === endMark) return out.bytes
    const length = head & ~isStored
    const block = frame.subarray(at + 4, at + 4 + length)
    if (block.length < length) throw new RangeError('an LZ4 block is cut')
    if ((head & isStored) !== 0) out.put(block)
    else readBlock(block, out)
    at += 4 + length + (hasBlockChecksum ? 4 : 0)
  }
}

function readBlock(block: Uint8Array, out: Output): void {
  let at = 0
  const byte = (): number => {
    const value = block[at]
    if (value === undefined) throw new RangeError('an LZ4 block is cut')
    at += 1
    return value
  }
  const lengthFrom = (nibble: number): number => {
    let length = nibble
    for (let more = nibble === 15 ? 255 : 0; more === 255; ) {
      more = byte()
      length += more
    }
    return length
  }
  while (at < block.length) {
    const token = byte()
    const literals = lengthFrom(token >> 4)
    if (at + literals > block.length) throw new RangeError('LZ4 literals are cut')
    out.put(block.subarray(at, at + literals))
    at += literals
    if (at === block.length) return // the last sequence has no match
    const distance = byte() | (byte() << 8)
    out.repeat(distance, lengthFrom(token & 15) + 4)
  }
}

class Output {
  readonly #bytes: Uint8Array
  #length = 0

  constructor(sizeMax: number) {
    this.#bytes = new Uint8Array(sizeMax)
  }

  get bytes(): Uint8Array {
    return this.#bytes.subarray(0, this.#length)
  }

  put(bytes: Uint8Array): void {
    this.#need(bytes.length)
    this.#bytes.set(bytes, this.#length)
    this.#length += bytes.length
  }

  /** Copies `length` bytes from so far back; they may overlap. */
  repeat(distance: number, length: number): void {
    if (distance === 0 || distance > this.#length) throw new RangeError('an LZ4 match begins before its data')
    this.#need(length)
    const from = this.#length - distance
    if (distance >= length) this.#bytes.copyWithin(this.#length, from, from + length)
    else for (let at = 0; at < length; at += 1) this.#bytes[this.#length + at] = this.#bytes[from + at]!
    this.#length += length
  }

  #need(length: number): void {
    if (this.#length + length > this.#bytes.length) throw new RangeError('more data than its chunk claims')
  }
}
