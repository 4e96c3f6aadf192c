/** Questions of others that the core answers later: the core knows their number, here waits who asked. */
export class Tickets<T> {
  readonly #waiting = new Map<number, { readonly resolve: (answer: T) => void; readonly signal: AbortSignal | undefined }>()
  #last = 0

  /** A new ticket and the answer to come. The promise never rejects; a ticket that is dropped leaves it pending. */
  take(signal?: AbortSignal): { readonly ticket: number; readonly answer: Promise<T> } {
    const { promise, resolve } = Promise.withResolvers<T>()
    this.#last += 1
    this.#waiting.set(this.#last, { resolve, signal })
    return { ticket: this.#last, answer: promise }
  }

  /** Answers a ticket; one that was answered or dropped before changes nothing. */
  answer(ticket: number, answer: T): void {
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

  /** Answers all that are waiting. */
  answerAll(answer: T): void {
    for (const ticket of [...this.#waiting.keys()]) this.answer(ticket, answer)
  }

  get size(): number {
    return this.#waiting.size
  }
}
