import type { Timers } from './env.ts'

/** Settles as `work` does, or rejects with `signal.reason` as soon as the signal aborts; `work` is then abandoned. */
export function raceAbort<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise<T>((resolve, reject) => {
    const onAbort = () => reject(signal.reason)
    const settle = () => signal.removeEventListener('abort', onAbort)
    work.then(resolve, reject).finally(settle)
    if (signal.aborted) onAbort()
    else signal.addEventListener('abort', onAbort, { once: true })
  })
}

/** An `Error` for whatever was thrown. */
export function toError(thrown: unknown): Error {
  return thrown instanceof Error ? thrown : new Error(String(thrown))
}

/** Resolves after so many ms, or rejects with `signal.reason`. */
export function pause(timers: Timers, durationMs: number, signal: AbortSignal): Promise<void> {
  let cancel = () => {}
  const over = new Promise<void>((resolve) => {
    cancel = timers.after(durationMs, resolve)
  })
  return raceAbort(over, signal).finally(() => cancel())
}
