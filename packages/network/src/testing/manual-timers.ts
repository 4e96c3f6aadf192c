import type { Timers } from '@auki/canonical'

interface Alarm {
  readonly at: number
  readonly run: () => void
}

/** Time that passes when a test says so. */
export class ManualTimers implements Timers {
  #now = 1_000
  readonly #alarms = new Set<Alarm>()

  now(): number {
    return this.#now
  }

  after(delayMs: number, run: () => void): () => void {
    const alarm = { at: this.#now + delayMs, run }
    this.#alarms.add(alarm)
    return () => this.#alarms.delete(alarm)
  }

  /** How many alarms are set. */
  get pending(): number {
    return this.#alarms.size
  }

  /** Lets time pass and rings what becomes due, in order. What that starts gets its turn between two alarms. */
  async advance(ms: number): Promise<void> {
    const end = this.#now + ms
    await turn()
    for (let next = this.#due(end); next !== undefined; next = this.#due(end)) {
      this.#alarms.delete(next)
      this.#now = Math.max(this.#now, next.at)
      next.run()
      await turn()
    }
    this.#now = end
  }

  /** The event loop stands still: time passes, and what is due rings only afterwards. */
  async stall(ms: number): Promise<void> {
    this.#now += ms
    await this.advance(0)
  }

  #due(end: number): Alarm | undefined {
    return [...this.#alarms].filter(({ at }) => at <= end).sort((a, b) => a.at - b.at)[0]
  }
}

/** Lets everything that is ready run, without time passing. */
export function turn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve))
}
