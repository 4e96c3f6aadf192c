import type { Now } from './core.ts'

/**
 * The two clocks of one machine, as functions of true time.
 *
 * Both run at a rate a little off; either can stand still (a suspend stops the monotonic one, a paused virtual machine both), and the wall clock can be set.
 */
export class MachineClock {
  readonly #rate: number
  #since = 0
  #monoMs: number
  /** Unix ns = base + this many ms: a double alone would not hold ns. */
  #wallMs: number
  readonly #wallBaseNs: bigint
  #monoRuns = true
  #wallRuns = true

  /** `rate`: ms shown per true ms. `monoMs`, `wallNs`: what the clocks show at true time 0. */
  constructor(rate: number, monoMs: number, wallNs: bigint) {
    this.#rate = rate
    this.#monoMs = monoMs
    this.#wallMs = 0
    this.#wallBaseNs = wallNs
  }

  mono(trueMs: number): number {
    return this.#monoRuns ? this.#monoMs + (trueMs - this.#since) * this.#rate : this.#monoMs
  }

  now(trueMs: number): Now {
    const wallMs = this.#wallRuns ? this.#wallMs + (trueMs - this.#since) * this.#rate : this.#wallMs
    return { monoMs: this.mono(trueMs), wallNs: this.#wallBaseNs + BigInt(Math.round(wallMs * 1e6)) }
  }

  /** The true time at which the monotonic clock will show `monoMs`; Infinity while it stands still. */
  trueTimeOf(monoMs: number): number {
    return this.#monoRuns ? this.#since + (monoMs - this.#monoMs) / this.#rate : Number.POSITIVE_INFINITY
  }

  /** Which of the clocks run from now on. */
  run(trueMs: number, clocks: { readonly mono: boolean; readonly wall: boolean }): void {
    this.#settle(trueMs)
    this.#monoRuns = clocks.mono
    this.#wallRuns = clocks.wall
  }

  /** Sets the wall clock forward, or back with a negative value. */
  stepWall(trueMs: number, ms: number): void {
    this.#settle(trueMs)
    this.#wallMs += ms
  }

  #settle(trueMs: number): void {
    const passed = (trueMs - this.#since) * this.#rate
    if (this.#monoRuns) this.#monoMs += passed
    if (this.#wallRuns) this.#wallMs += passed
    this.#since = trueMs
  }
}
