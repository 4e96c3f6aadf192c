/** Giving up: what every package needs of an `AbortSignal`. */

/** The part of an `AbortSignal` that is used; declared here because not every package has the DOM's types in scope. */
export interface AbortSignalLike {
  readonly aborted: boolean
  readonly reason: unknown
  throwIfAborted(): void
  addEventListener(type: 'abort', listener: () => void, options?: { readonly once?: boolean }): void
  removeEventListener(type: 'abort', listener: () => void): void
}

/** The last argument of an async call. An abort rejects with the signal's reason; default: nothing aborts it. */
export interface AbortOptions<S extends AbortSignalLike = AbortSignal> {
  readonly signal?: S | undefined
}

/**
 * Settles as `work` does, or rejects with `signal.reason` as soon as the signal aborts.
 *
 * `work` goes on in that case, and what becomes of it is ignored. Without a signal it is `work` itself.
 */
export function raceAbort<T>(work: Promise<T>, signal: AbortSignalLike | undefined): Promise<T> {
  if (signal === undefined) return work
  return new Promise<T>((resolve, reject) => {
    const onAbort = () => reject(signal.reason)
    const forget = () => signal.removeEventListener('abort', onAbort)
    work.then(resolve, reject).finally(forget)
    if (signal.aborted) onAbort()
    else signal.addEventListener('abort', onAbort, { once: true })
  })
}
