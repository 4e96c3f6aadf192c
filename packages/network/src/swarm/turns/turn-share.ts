/**
 * What one kind of work may take of each turn of the event loop.
 *
 * Clock, heartbeats and everybody else get their turn between; what does not fit waits for the next turns, first come, first served.
 */

/** The turns of an event loop; see `turns.ts`. */
export interface Turns {
  nowMs(): number
  afterThis(run: () => void): void
  nextTurn(run: () => void): void
}

export class TurnShare {
  readonly #turns: Turns
  readonly #maxMs: number
  readonly #waiting: (() => void)[] = []
  #spentMs = 0
  #planned = false

  constructor(turns: Turns, maxMs: number) {
    this.#turns = turns
    this.#maxMs = maxMs
  }

  /** Whether somebody may begin at once: nobody waits, and something of this turn is left. */
  get free(): boolean {
    return this.#waiting.length === 0 && this.left
  }

  /** Whether whoever is at it may go on. */
  get left(): boolean {
    return this.#spentMs < this.#maxMs
  }

  /** So much of this turn was used. */
  spend(tookMs: number): void {
    this.#spentMs += tookMs
    this.#plan()
  }

  /** Calls `run` when its turn has come; it tells by {@link spend} what it took. */
  wait(run: () => void): void {
    this.#waiting.push(run)
    this.#plan()
  }

  #plan(): void {
    if (this.#planned) return
    this.#planned = true
    this.#turns.nextTurn(() => {
      this.#planned = false
      this.#spentMs = 0
      this.#serve()
    })
  }

  /** One after the other, each with all that it leads to. */
  #serve(): void {
    if (this.#waiting.length === 0) return
    if (!this.left) return this.#plan()
    this.#waiting.shift()!()
    this.#turns.afterThis(() => this.#serve())
  }
}
