/** Requests that the core answers later, by number: here wait the callers. */
export class Tickets {
  readonly #waiting = new Map<number, Waiting>()
  #last = 0

  /**
   * A new ticket and the answer to come, or `atEnd` when the presence ends before. The promise never rejects; a ticket that is dropped leaves it
   * pending. `signal` aborts when whoever asked is gone.
   */
  take<T>(atEnd: T, signal?: AbortSignal): { readonly ticket: number; readonly answer: Promise<T> } {
    const { promise, resolve } = Promise.withResolvers<T>()
    this.#last += 1
    // The type is lost on the way through the core, which answers each ticket in kind.
    this.#waiting.set(this.#last, { resolve: (answer) => resolve(answer as T), atEnd, signal })
    return { ticket: this.#last, answer: promise }
  }

  /** Answers a ticket; one that was answered or dropped before changes nothing. */
  answer(ticket: number, answer: unknown): void {
    this.#waiting.get(ticket)?.resolve(answer)
    this.#waiting.delete(ticket)
  }

  drop(ticket: number): void {
    this.#waiting.delete(ticket)
  }

  /** Aborts when whoever asked is gone. */
  signalOf(ticket: number): AbortSignal | undefined {
    return this.#waiting.get(ticket)?.signal
  }

  /** The presence ends: all that wait get their `atEnd`. */
  end(): void {
    for (const [ticket, { atEnd }] of this.#waiting) this.answer(ticket, atEnd)
  }

  get size(): number {
    return this.#waiting.size
  }
}

interface Waiting {
  readonly resolve: (answer: unknown) => void
  readonly atEnd: unknown
  readonly signal: AbortSignal | undefined
}
