import { messageOf } from '@auki/canonical'
import { decodePayload, type PayloadKind } from '@auki/datatypes'
import { LogError } from '../errors.ts'
import type { RawEntry } from './entry-buffer.ts'
import type { Lost } from './lost.ts'

/** One entry of a log, as a reader gets it. */
export interface Entry<T> {
  /** On the log's clock. */
  readonly timestampNs: bigint
  /**
   * What was appended, decoded when it is asked for. Its byte fields are views of {@link bytes}.
   *
   * @throws LogError `payload` when the bytes are not what the log's entries are.
   */
  readonly payload: T
  /** The payload as it is in the log. Others read the same bytes: copy them before changing them. */
  readonly bytes: Uint8Array
  /** Retention took away entries between the one this reader got before and this one. */
  readonly overtaken: boolean
  /** What it took away. */
  readonly lost: Lost | undefined
}

export class DecodedEntry<T> implements Entry<T> {
  readonly timestampNs: bigint
  readonly bytes: Uint8Array
  readonly lost: Lost | undefined
  readonly #kind: PayloadKind
  #payload: T | undefined

  constructor({ timestampNs, bytes }: RawEntry, kind: PayloadKind, lost: Lost | undefined) {
    this.timestampNs = timestampNs
    this.bytes = bytes
    this.lost = lost
    this.#kind = kind
  }

  get overtaken(): boolean {
    return this.lost !== undefined
  }

  get payload(): T {
    if (this.#payload === undefined) this.#payload = this.#decode()
    return this.#payload
  }

  #decode(): T {
    try {
      return decodePayload(this.#kind, this.bytes) as T
    } catch (cause) {
      const { timestampNs, bytes } = this
      throw new LogError('payload', `payload: ${messageOf(cause)}`, { timestampNs, bytes: bytes.length }, { cause })
    }
  }
}
