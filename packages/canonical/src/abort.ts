/** The part of an `AbortSignal` that calls on local storage need; declared here because not every package has the DOM's types in scope. */
export interface AbortSignalLike {
  readonly reason: unknown
  throwIfAborted(): void
  addEventListener(type: 'abort', listener: () => void, options?: { readonly once?: boolean }): void
  removeEventListener(type: 'abort', listener: () => void): void
}

/** The last argument of every async call. An abort rejects with the signal's reason before the next step on storage begins. */
export interface AbortOptions {
  readonly signal?: AbortSignalLike | undefined
}

/** Waits for what goes on anyway, but no longer than until an abort, which rejects with the signal's reason. */
export async function abortable<T>(work: Promise<T>, signal: AbortSignalLike | undefined): Promise<T> {
  if (signal === undefined) return work
  const { promise: aborted, reject } = Promise.withResolvers<never>()
  const onAbort = (): void => reject(signal.reason)
  signal.addEventListener('abort', onAbort, { once: true })
  try {
    signal.throwIfAborted()
    return await Promise.race([work, aborted])
  } finally {
    signal.removeEventListener('abort', onAbort)
    work.catch(() => {}) // nobody may be waiting any more
  }
}
