/**
 * One frame: `len: u32 big-endian || payload[len]`, the same for every protocol.
 *
 * The reader is pushed whatever arrives and holds only that: a prefix alone never reserves what it announces.
 */
import { CodecError, emptyFrame } from './codec-errors.ts'

/** Bytes of the length prefix. */
export const framePrefixBytes = 4

/** @throws CodecError 'frame-too-large' with `actual` and `max`. */
export function checkFrameSize(actual: number, max: number): void {
  if (actual <= max) return
  throw new CodecError('frame-too-large', `a frame of ${actual} bytes is over the limit of ${max}; send less at once`, { actual, max })
}

/** Writes the prefix for a payload of `length` bytes to `target`. */
export function writePrefix(target: Uint8Array, at: number, length: number): void {
  target[at] = length >>> 24
  target[at + 1] = length >>> 16
  target[at + 2] = length >>> 8
  target[at + 3] = length
}

/** Prefix and payload in one buffer, for one write. @throws CodecError 'frame-too-large' when the payload is over `capBytes`. */
export function encodeFrame(payload: Uint8Array, capBytes: number): Uint8Array {
  checkFrameSize(payload.length, capBytes)
  const frame = new Uint8Array(framePrefixBytes + payload.length)
  writePrefix(frame, 0, payload.length)
  frame.set(payload, framePrefixBytes)
  return frame
}

/** Which frames a {@link FrameReader} lets through. */
export interface FrameRules {
  /** Largest payload in bytes. */
  readonly capBytes: number
  /** Whether zero bytes are a message of the protocol: so in join, leave and info. */
  readonly allowEmpty: boolean
}

/**
 * Cuts a byte stream into payloads.
 *
 * `push` what arrived, then call `next` until it returns `undefined`. After an error the position in the stream is lost: reset the substream.
 */
export class FrameReader {
  readonly #rules: FrameRules
  /** What is held lies in `#buffer` from `#start` to `#end`. Bytes before `#end` are never written again: payloads may still point at them. */
  #buffer: Uint8Array = new Uint8Array(0)
  #start = 0
  #end = 0
  /** Length of the payload whose prefix has been read. */
  #expected: number | undefined

  constructor(rules: FrameRules) {
    this.#rules = rules
  }

  /** Bytes held: pushed and not yet returned by `next`. */
  get bufferedBytes(): number {
    return this.#end - this.#start
  }

  /** Takes over `chunk`, which must not change afterwards. At most twice the bytes that arrived are held, however small the chunks. */
  push(chunk: Uint8Array): void {
    if (this.#start === this.#end) {
      // A view, because `chunk` may be a Node Buffer, whose `slice` and `subarray` are not those of a Uint8Array.
      this.#buffer = new Uint8Array(chunk.buffer, chunk.byteOffset, chunk.length)
      this.#start = 0
      this.#end = chunk.length
      return
    }
    if (this.#end + chunk.length > this.#buffer.length) this.#grow(chunk.length)
    this.#buffer.set(chunk, this.#end)
    this.#end += chunk.length
  }

  /**
   * The next whole payload, or `undefined` until more is pushed.
   *
   * @throws CodecError 'frame-too-large' | 'empty-frame', both as soon as the prefix is there.
   */
  next(): Uint8Array | undefined {
    if (this.#expected === undefined) {
      if (this.bufferedBytes < framePrefixBytes) return undefined
      const prefix = this.#take(framePrefixBytes)
      const length = new DataView(prefix.buffer, prefix.byteOffset).getUint32(0)
      checkFrameSize(length, this.#rules.capBytes)
      if (length === 0 && !this.#rules.allowEmpty) throw emptyFrame()
      this.#expected = length
    }
    if (this.bufferedBytes < this.#expected) return undefined
    const payload = this.#take(this.#expected)
    this.#expected = undefined
    // A small payload is copied, so that whoever keeps it keeps no more than twice its size.
    return payload.length * 2 < this.#buffer.length ? payload.slice() : payload
  }

  /** To be called at the end of the stream. @throws CodecError 'io' when it ends inside a frame. */
  end(): void {
    if (this.#expected === undefined && this.bufferedBytes === 0) return
    const missing = this.#expected === undefined ? 'its length' : `${this.#expected - this.bufferedBytes} of ${this.#expected} bytes`
    throw new CodecError('io', `unexpected end of stream inside a frame, ${missing} missing; the peer closed too early, ask again`)
  }

  #grow(bytes: number): void {
    const held = this.bufferedBytes
    const grown = new Uint8Array(Math.max(held + bytes, held * 2))
    grown.set(this.#buffer.subarray(this.#start, this.#end))
    this.#buffer = grown
    this.#start = 0
    this.#end = held
  }

  #take(bytes: number): Uint8Array {
    this.#start += bytes
    return this.#buffer.subarray(this.#start - bytes, this.#start)
  }
}
