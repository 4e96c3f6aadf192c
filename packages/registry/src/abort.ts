/** The part of an `AbortSignal` that calls on local storage need; declared here because not every package has the DOM's types in scope. */
export interface AbortSignalLike {
  throwIfAborted(): void
}

/** The last argument of every async call. An abort rejects with the signal's reason before the next step on storage begins. */
export interface AbortOptions {
  readonly signal?: AbortSignalLike | undefined
}
