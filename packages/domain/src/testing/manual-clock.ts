/** Time that passes when a test says so. */
import type { ShellClock } from '../shell/clock.ts'

interface Alarm {
  readonly at: number
  readonly run: () => void
  readonly held: boolean
}

export class ManualClock implements ShellClock {
  #monoMs = 1_000
  #wallNs = 1_700_000_000_000_000_000n
  readonly #alarms = new Set<Alarm>()
  #turns: (() => void)[] = []

  monoMs(): number {
    return this.#monoMs
  }

  wallNs(): bigint {
    return this.#wallNs
  }

  after(delayMs: number, run: () => void, { holdProcess = false }: { readonly holdProcess?: boolean } = {}): () => void {
    const alarm = { at: this.#monoMs + delayMs, run, held: holdProcess }
    this.#alarms.add(alarm)
    return () => this.#alarms.delete(alarm)
  }

  nextTurn(run: () => void): void {
    this.#turns.push(run)
  }

  /** When alarms are due, earliest first, and whether each holds the process. */
  get alarms(): { readonly at: number; readonly held: boolean }[] {
    return [...this.#alarms].map(({ at, held }) => ({ at, held })).sort((a, b) => a.at - b.at)
  }

  /** Lets time pass and rings what becomes due, in order. */
  advance(ms: number): void {
    const end = this.#monoMs + ms
    for (let next = this.#due(end); next !== undefined; next = this.#due(end)) {
      this.#alarms.delete(next)
      this.#pass(Math.max(next.at - this.#monoMs, 0))
      next.run()
    }
    this.#pass(end - this.#monoMs)
  }

  /** The event loop stands still: time passes, and what is due rings only afterwards. */
  stall(ms: number): void {
    this.#pass(ms)
    this.advance(0)
  }

  /** Somebody sets the wall clock. */
  jumpWall(ms: number): void {
    this.#wallNs += BigInt(ms) * 1_000_000n
  }

  turn(): void {
    for (const run of this.#turns.splice(0)) run()
  }

  #due(end: number): Alarm | undefined {
    return [...this.#alarms].filter(({ at }) => at <= end).sort((a, b) => a.at - b.at)[0]
  }

  #pass(ms: number): void {
    this.#monoMs += ms
    this.#wallNs += BigInt(Math.round(ms * 1e6))
  }
}
