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
