/** The turns of Node's event loop. */

/** Milliseconds, monotonic. */
export const nowMs = (): number => performance.now()

/** Calls `run` once everything has been done that the event under way leads to and that waits for nothing else. */
export function afterThis(run: () => void): void {
  queueMicrotask(() => process.nextTick(run))
}

/** Calls `run` in the next turn, after timers and whatever else had theirs. */
export function nextTurn(run: () => void): void {
  setImmediate(run)
}
