/** The turns of Node's event loop. */

/** Milliseconds, monotonic. */
export const nowMs = (): number => performance.now()

/** Calls `run` when the event that is being handled, and all promises and ticks that follow from it, are done. */
export function afterThis(run: () => void): void {
  queueMicrotask(() => process.nextTick(run))
}

/** Calls `run` in the next turn of the loop, after timers and I/O. */
export function nextTurn(run: () => void): void {
  setImmediate(run)
}
