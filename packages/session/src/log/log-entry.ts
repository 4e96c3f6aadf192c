import { reasonOf } from '@auki/canonical'
import { decodePayload, type PayloadKind } from '@auki/datatypes'
import { LogError } from '../errors.ts'
import type { Lost } from './lost.ts'

/** An entry as it is in the log. */
export interface StoredEntry {
  /** ns on the log's clock. */
  readonly timestampNs: bigint
  /** The payload as it was appended or encoded. Other readers get the same bytes: copy them before changing them. */
  readonly bytes: Uint8Array
}

/** An entry with its place in the recording. */
export interface NumberedEntry extends StoredEntry {
  /** Counts from 1, over all entries that the recording ever had. */
  readonly position: number
}

/** One entry of a log, as a reader gets it. */
export interface Entry<T> extends StoredEntry {
  /**
   * What was appended, decoded when it is asked for. Its byte fields are views of {@link bytes}.
   *
   * @throws LogError `payload` when the bytes are not what the log's entries are.
   */
  readonly payload: T
  /** Whether retention removed entries between the previous one of this reader and this one. */
  readonly overtaken: boolean
  /** What it removed; `undefined` when nothing. */
  readonly lost: Lost | undefined
}

export class DecodedEntry<T> implements Entry<T> {
  readonly timestampNs: bigint
  readonly bytes: Uint8Array
  readonly lost: Lost | undefined
  readonly #kind: PayloadKind
  #payload: T | undefined

  constructor({ timestampNs, bytes }: StoredEntry, kind: PayloadKind, lost: Lost | undefined) {
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
      throw new LogError('payload', `payload: ${reasonOf(cause)}`, { timestampNs, bytes: bytes.length }, { cause })
    }
  }
}
