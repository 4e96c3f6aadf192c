/** Calls later: when it is time to write what was appended, or to look at a clock. */
export interface Timer {
  /** Calls `run` once, `delayMs` from now; the returned function cancels. Until then it keeps the process alive, unless told not to. */
  after(delayMs: number, run: () => void, options?: { readonly holdProcess: boolean }): () => void
}

/** The platform's timers. What was appended is written before a process ends by itself. */
export const systemTimer: Timer = {
  after(delayMs, run, { holdProcess } = { holdProcess: true }) {
    const { setTimeout, clearTimeout } = globalThis as unknown as Timers
    const timeout = setTimeout(run, delayMs)
    // Browsers' timers are numbers and have no process to hold.
    if (!holdProcess && typeof timeout === 'object') (timeout as { unref(): void }).unref()
    return () => clearTimeout(timeout)
  }
}

// Declared by hand: neither the web's nor Node's types are in scope.
interface Timers {
  setTimeout(run: () => void, delayMs: number): unknown
  clearTimeout(timeout: unknown): void
}
