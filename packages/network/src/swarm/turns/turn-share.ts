/**
 * A budget of milliseconds per turn of the event loop, for one kind of work.
 *
 * Work beyond the budget waits for the next turns, first come, first served. Timers, heartbeats and all other work run in between.
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

  /** Whether work may begin at once: none waits, and this turn's budget is not used up. */
  get free(): boolean {
    return this.#waiting.length === 0 && this.left
  }

  /** Whether this turn's budget is not used up. */
  get left(): boolean {
    return this.#spentMs < this.#maxMs
  }

  /** So many ms of this turn were used. */
  spend(tookMs: number): void {
    this.#spentMs += tookMs
    this.#plan()
  }

  /** Calls `run` once all who waited before have run and the turn has budget left; whoever runs reports by {@link spend} how long it took. */
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

  /** One after the other; each with everything that follows from it before the next. */
  #serve(): void {
    if (this.#waiting.length === 0) return
    if (!this.left) return this.#plan()
    this.#waiting.shift()!()
    this.#turns.afterThis(() => this.#serve())
  }
}
