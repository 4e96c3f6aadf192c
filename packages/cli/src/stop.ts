/** Resolves when the signal aborts; never rejects. */
export function aborted(signal: AbortSignal): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>()
  if (signal.aborted) resolve()
  else signal.addEventListener('abort', () => resolve(), { once: true })
  return promise
}

/** Aborts with the reason of `stop`, or with why the presence ended: then nothing is waited for any longer. */
export function whilePresent(closed: Promise<Error | undefined>, stop: AbortSignal): AbortSignal {
  const over = new AbortController()
  void closed.then((why) => over.abort(why))
  return AbortSignal.any([stop, over.signal])
}
