import type { AbortSignalLike } from '@auki/canonical'
import type { PayloadKind } from '@auki/datatypes'
import { Cursor } from './cursor.ts'
import type { LogBatch, LogCursor, Range } from './log-cursor.ts'
import { DecodedEntry, type Entry } from './log-entry.ts'
import type { Recording } from './recording.ts'

interface EntriesInit {
  readonly recording: Recording
  readonly range: Range
  readonly kind: PayloadKind
  readonly signal: AbortSignalLike | undefined
}

/** The entries of a range, read anew by every loop over them. */
export function entriesOf<T>({ recording, range, kind, signal }: EntriesInit): AsyncIterable<Entry<T>> {
  return { [Symbol.asyncIterator]: () => new EntryIterator<T>(new Cursor(recording, range), kind, signal) }
}

type Result<T> = IteratorResult<Entry<T>, undefined>

/** Leaving the loop, or an abort, ends it at once, also while it waits; after an abort it throws the signal's reason. */
class EntryIterator<T> implements AsyncIterator<Entry<T>, undefined> {
  readonly #cursor: LogCursor
  readonly #kind: PayloadKind
  readonly #signal: AbortSignalLike | undefined
  readonly #onAbort = (): void => this.#close()
  #batch: LogBatch | undefined
  #index = 0
  #turn: Promise<unknown> = Promise.resolve()
  #waiting = 0

  constructor(cursor: LogCursor, kind: PayloadKind, signal: AbortSignalLike | undefined) {
    this.#cursor = cursor
    this.#kind = kind
    this.#signal = signal
    signal?.addEventListener('abort', this.#onAbort, { once: true })
  }

  next(): Promise<Result<T>> {
    const result = this.#waiting === 0 ? this.#take() : undefined
    if (result !== undefined) return Promise.resolve(result)
    this.#waiting += 1
    const turn = this.#turn.then(() => this.#wait()).finally(() => (this.#waiting -= 1))
    this.#turn = turn.catch(() => {}) // its caller hears of it
    return turn
  }

  return(): Promise<Result<T>> {
    this.#close()
    return Promise.resolve({ done: true, value: undefined })
  }

  // Undefined when there is nothing at hand.
  #take(): Result<T> | undefined {
    const entry = this.#batch?.entries[this.#index]
    if (entry === undefined) return undefined
    const lost = this.#index === 0 ? this.#batch!.lost : undefined
    this.#index += 1
    return { done: false, value: new DecodedEntry<T>(entry, this.#kind, lost) }
  }

  async #wait(): Promise<Result<T>> {
    try {
      this.#signal?.throwIfAborted()
      if (this.#batch === undefined || this.#index === this.#batch.entries.length) {
        this.#batch = await this.#cursor.next()
        this.#index = 0
      }
      this.#signal?.throwIfAborted()
    } catch (error) {
      this.#close()
      throw error
    }
    if (this.#batch === undefined) this.#close()
    return this.#take() ?? { done: true, value: undefined }
  }

  #close(): void {
    this.#cursor.close()
    this.#batch = undefined
    this.#signal?.removeEventListener('abort', this.#onAbort)
  }
}
