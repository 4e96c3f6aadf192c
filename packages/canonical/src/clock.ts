/**
 * Time, as everything that has to wait or to measure takes it: handed in, so that a test, or a simulation, runs on time of its own.
 *
 * {@link systemClock} is the real one; `ManualClock` of `@auki/canonical/testing` moves only when it is told to.
 */

import { delayMaxMs } from './limits.ts'

/** Calls something later. */
export interface Timer {
  /**
   * Calls `run` once, `delayMs` from now; the returned function cancels that.
   *
   * @param options.holdProcess - whether a Node process stays alive until then; default: no.
   */
  after(delayMs: number, run: () => void, options?: { readonly holdProcess?: boolean }): () => void
}

/** Two clocks and the timers on them. */
export interface Clock extends Timer {
  /** ms since some instant; never goes back, and may stand still while the machine sleeps. */
  monoMs(): number
  /** ns since 1970; jumps when somebody sets the machine's time. */
  wallNs(): bigint
}

/** The platform's clocks and timers. Delays are rounded up to whole milliseconds; one of more than 24.8 days ends after 24.8 days. */
export const systemClock: Clock = {
  monoMs: () => platform.performance.now(),
  wallNs: () => BigInt(Date.now()) * 1_000_000n,
  after(delayMs, run, { holdProcess = false } = {}) {
    const timeout = platform.setTimeout(run, Math.min(Math.max(Math.ceil(delayMs), 0), delayMaxMs))
    // Timers of browsers are numbers and have no process to hold.
    if (!holdProcess && typeof timeout === 'object') (timeout as { unref(): void }).unref()
    return () => platform.clearTimeout(timeout)
  }
}

// Declared by hand: neither the web's nor Node's types are in scope. Looked up at each call, since tests may replace a timer.
const platform = globalThis as unknown as {
  readonly performance: { now(): number }
  setTimeout(run: () => void, delayMs: number): unknown
  clearTimeout(timeout: unknown): void
}
