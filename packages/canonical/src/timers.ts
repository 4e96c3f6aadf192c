/** The port for time in milliseconds: what waits takes a `Timers`, so that a test can say when time passes. */
import { type AbortSignalLike, raceAbort } from './abort.ts'

/** A clock that only moves forward, and alarms on it. */
export interface Timers {
  /** Milliseconds, monotonic; the origin means nothing. */
  now(): number
  /** Calls `run` once, `delayMs` from now; the returned function cancels. Alarms don't keep a process alive. */
  after(delayMs: number, run: () => void): () => void
}

/** The platform's timers. In Node they are `unref`'d, so that something forgotten does not hold the process. */
export const systemTimers: Timers = {
  now: () => performance.now(),
  after: (delayMs, run) => {
    const timer: unknown = setTimeout(run, delayMs)
    // Browsers' timers are numbers and have no process to hold.
    if (typeof timer === 'object' && timer !== null && 'unref' in timer) (timer as { unref(): void }).unref()
    return () => clearTimeout(timer as number)
  }
}

/** Resolves after `durationMs`, or rejects with `signal.reason`; no alarm stays behind. */
export function pause(timers: Timers, durationMs: number, signal: AbortSignalLike): Promise<void> {
  let cancel = () => {}
  const over = new Promise<void>((resolve) => {
    cancel = timers.after(durationMs, resolve)
  })
  return raceAbort(over, signal).finally(() => cancel())
}
