import type { Clock } from '@auki/canonical'
import { ManualClock } from '@auki/canonical/testing'

/** Time that passes when a test says so; what that starts gets its turn between two alarms. */
export class ManualTimers implements Clock {
  readonly #clock = new ManualClock()

  readonly monoMs: Clock['monoMs'] = () => this.#clock.monoMs()
  readonly wallNs: Clock['wallNs'] = () => this.#clock.wallNs()
  readonly after: Clock['after'] = (...args) => this.#clock.after(...args)

  /** How many alarms are set. */
  get pending(): number {
    return this.#clock.pending.length
  }

  /** Lets time pass and rings what becomes due, in order. */
  advance(ms: number): Promise<void> {
    return this.#clock.advanceAsync(ms, turn)
  }

  /** Work of ours takes this long. */
  pass(ms: number): void {
    this.#clock.stall(ms)
  }

  /** The event loop stands still: time passes, and what is due rings only afterwards. */
  async stall(ms: number): Promise<void> {
    await turn()
    this.#clock.stall(ms)
    await turn()
  }
}

/** Lets everything that is ready run, without time passing. */
export function turn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve))
}
