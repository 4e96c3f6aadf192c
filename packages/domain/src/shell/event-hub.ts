/**
 * What an app hears. Each reader has a queue of its own; one that falls behind loses the oldest events and is told how many. Handlers are called
 * at once; what they throw goes to the log.
 */

import type { CallOptions } from './fetch.ts'
import { unreadEventsMax } from './shell-settings.ts'

export interface EventsDropped {
  readonly type: 'events-dropped'
  /** How many events this reader missed since the last one it got. */
  readonly count: number
}

/** An event that a reader begins with: `take` makes it, `when` runs that at a moment at which it fits what was published so far. */
export interface Beginning<T> {
  take(): T
  when(run: () => void): void
}

interface Feed<T> {
  readonly isOver: boolean
  push(event: T): void
  end(): void
}

export class EventHub<T> {
  readonly #readers = new Set<Feed<T>>()
  readonly #handlers = new Set<(event: T) => unknown>()
  readonly #onThrown: (error: unknown) => void
  #ended = false

  /** `onThrown` is told what a handler threw, or its promise rejected with. */
  constructor(onThrown: (error: unknown) => void) {
    this.#onThrown = onThrown
  }

  publish(event: T): void {
    for (const reader of this.#readers) reader.push(event)
    for (const handler of [...this.#handlers]) if (this.#handlers.has(handler)) this.#call(handler, event)
  }

  /** Every reader gets what it has not read yet, then its loop ends. */
  end(): void {
    this.#ended = true
    for (const reader of this.#readers) reader.end()
    this.#readers.clear()
    this.#handlers.clear()
  }

  /** Events from this call on, until the presence ends or the loop is left; an abort throws `signal.reason` into the loop. */
  read<F = never>({ signal }: CallOptions = {}, beginning?: Beginning<F>): AsyncIterableIterator<F | T | EventsDropped> {
    const reader = new Reader<F | T>(() => this.#readers.delete(reader), signal)
    if (beginning === undefined) this.#add(reader)
    else
      beginning.when(() => {
        reader.begin(beginning.take())
        this.#add(reader)
      })
    return reader
  }

  /** Has `handler` called with each event until disposed of. */
  handle(handler: (event: T) => unknown): Disposable {
    const own = (event: T): unknown => handler(event)
    if (!this.#ended) this.#handlers.add(own)
    return { [Symbol.dispose]: () => void this.#handlers.delete(own) }
  }

  #add(reader: Feed<T>): void {
    if (this.#ended) reader.end()
    else if (!reader.isOver) this.#readers.add(reader)
  }

  #call(handler: (event: T) => unknown, event: T): void {
    try {
      Promise.resolve(handler(event)).catch(this.#onThrown)
    } catch (error) {
      this.#onThrown(error)
    }
  }
}

interface Waiting<T> {
  readonly resolve: (result: IteratorResult<T | EventsDropped>) => void
  readonly reject: (reason: unknown) => void
}

class Reader<T> implements AsyncIterableIterator<T | EventsDropped> {
  /** What the reading begins with: never dropped. */
  readonly #first: T[] = []
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

  /** Nobody reads any longer, or nothing more comes. */
  get isOver(): boolean {
    return this.#ended || this.#signal?.aborted === true
  }

  begin(first: T): void {
    if (!this.isOver && !this.#give(first)) this.#first.push(first)
  }

  push(event: T): void {
    if (this.#give(event)) return
    if (this.#unread.length === unreadEventsMax) {
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
    if (this.#signal?.aborted === true) return Promise.reject(this.#signal.reason)
    const first = this.#first.shift()
    if (first !== undefined) return Promise.resolve({ done: false, value: first })
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
    this.#first.length = 0
    this.#unread.length = 0
    this.#dropped = 0
    this.end()
    return Promise.resolve({ done: true, value: undefined })
  }

  /** Hands the event to whoever waits; returns whether somebody did. */
  #give(event: T): boolean {
    const waiting = this.#waiting.shift()
    waiting?.resolve({ done: false, value: event })
    return waiting !== undefined
  }

  #abort(): void {
    this.#leave()
    for (const { reject } of this.#waiting.splice(0)) reject(this.#signal?.reason)
  }

  [Symbol.asyncIterator](): this {
    return this
  }
}
