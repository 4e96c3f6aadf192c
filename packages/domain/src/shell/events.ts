/**
 * What an app hears. Each reader has a queue of its own; one that falls behind loses the oldest events and is told how many.
 */

/** Events one reader may leave unread. */
export const unreadMax = 256

export interface EventsDropped {
  readonly type: 'events-dropped'
  /** How many events this reader missed since the last one it got. */
  readonly count: number
}

export class EventHub<T> {
  readonly #readers = new Set<Reader<T>>()
  #ended = false

  publish(event: T): void {
    for (const reader of this.#readers) reader.push(event)
  }

  /** Every reader gets what it has not read yet, then its loop ends. */
  end(): void {
    this.#ended = true
    for (const reader of this.#readers) reader.end()
    this.#readers.clear()
  }

  /** Events from this call on, until the presence ends or the loop is left; an abort throws `signal.reason` into the loop. */
  read({ signal }: { readonly signal?: AbortSignal | undefined } = {}): AsyncIterableIterator<T | EventsDropped> {
    const reader = new Reader<T>(() => this.#readers.delete(reader), signal)
    if (this.#ended) reader.end()
    else this.#readers.add(reader)
    return reader
  }
}

interface Waiting<T> {
  readonly resolve: (result: IteratorResult<T | EventsDropped>) => void
  readonly reject: (reason: unknown) => void
}

class Reader<T> implements AsyncIterableIterator<T | EventsDropped> {
  readonly #unread: T[] = []
  readonly #waiting: Waiting<T>[] = []
  readonly #leave: () => void
  readonly #signal: AbortSignal | undefined
  readonly #onAbort = (): void => this.#abort()
  #dropped = 0
  #ended = false

  constructor(leave: () => void, signal: AbortSignal | undefined) {
    this.#leave = leave
    this.#signal = signal
    signal?.addEventListener('abort', this.#onAbort, { once: true })
  }

  push(event: T): void {
    const waiting = this.#waiting.shift()
    if (waiting !== undefined) {
      waiting.resolve({ done: false, value: event })
      return
    }
    if (this.#unread.length === unreadMax) {
      this.#unread.shift()
      this.#dropped += 1
    }
    this.#unread.push(event)
  }

  end(): void {
    this.#ended = true
    this.#signal?.removeEventListener('abort', this.#onAbort)
    for (const { resolve } of this.#waiting.splice(0)) resolve({ done: true, value: undefined })
  }

  next(): Promise<IteratorResult<T | EventsDropped>> {
    if (this.#signal?.aborted === true) {
      this.#leave()
      return Promise.reject(this.#signal.reason)
    }
    if (this.#dropped > 0) {
      const count = this.#dropped
      this.#dropped = 0
      return Promise.resolve({ done: false, value: { type: 'events-dropped', count } })
    }
    if (this.#unread.length > 0) return Promise.resolve({ done: false, value: this.#unread.shift()! })
    if (this.#ended) return Promise.resolve({ done: true, value: undefined })
    return new Promise((resolve, reject) => this.#waiting.push({ resolve, reject }))
  }

  return(): Promise<IteratorResult<T | EventsDropped>> {
    this.#leave()
    this.#unread.length = 0
    this.#dropped = 0
    this.end()
    return Promise.resolve({ done: true, value: undefined })
  }

  #abort(): void {
    this.#leave()
    for (const { reject } of this.#waiting.splice(0)) reject(this.#signal?.reason)
  }

  [Symbol.asyncIterator](): this {
    return this
  }
}
