import type { PacedTurns } from '../swarm/patches/paced-frames.ts'

/** An event loop that turns when a test says so, on a clock that the work moves. */
export class ManualTurns implements PacedTurns {
  ms = 1_000
  readonly #afterThis: (() => void)[] = []
  #next: (() => void)[] = []
  #alarms: { readonly atMs: number; readonly run: () => void }[] = []

  readonly nowMs = (): number => this.ms
  readonly afterThis = (run: () => void): void => void this.#afterThis.push(run)
  readonly nextTurn = (run: () => void): void => void this.#next.push(run)
  readonly after = (delayMs: number, run: () => void): void => void this.#alarms.push({ atMs: this.ms + delayMs, run })

  /** One event, and all that it leads to. @returns how long it took, ms. */
  event(run: () => void): number {
    const began = this.ms
    run()
    for (let after = this.#afterThis.shift(); after !== undefined; after = this.#afterThis.shift()) after()
    return this.ms - began
  }

  /** One turn: alarms that are due, then whoever waits for it. @returns how long it took, ms. */
  turn(): number {
    const began = this.ms
    const due = this.#alarms.filter(({ atMs }) => atMs <= began)
    this.#alarms = this.#alarms.filter(({ atMs }) => atMs > began)
    for (const run of [...due.map((alarm) => alarm.run), ...this.#next.splice(0)]) this.event(run)
    return this.ms - began
  }

  /** Whether anything is planned. */
  get idle(): boolean {
    return this.#next.length === 0 && this.#alarms.length === 0
  }
}
