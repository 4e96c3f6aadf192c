/** Calls later. The only thing a session has to wait for is the moment to write what was appended. */
export interface Timer {
  /** Calls `run` once, `delayMs` from now; the returned function cancels. */
  after(delayMs: number, run: () => void): () => void
}

/** The platform's timers. They keep a process alive: what was appended is written before it ends by itself. */
export const systemTimer: Timer = {
  after(delayMs, run) {
    const { setTimeout, clearTimeout } = globalThis as unknown as Timers
    const timeout = setTimeout(run, delayMs)
    return () => clearTimeout(timeout)
  }
}

// Declared by hand: neither the web's nor Node's types are in scope.
interface Timers {
  setTimeout(run: () => void, delayMs: number): unknown
  clearTimeout(timeout: unknown): void
}
