/** The authorization for one attempt to join, from the app's function. */
import type { JoinAuthorization, JoinOccasion } from '../config.ts'

/** @throws whatever the app's function throws; TypeError when it returns no string; `signal.reason`. */
export async function authorizationFor(
  given: Exclude<JoinAuthorization, string>,
  about: JoinOccasion,
  signal: AbortSignal
): Promise<string> {
  const aborted = Promise.withResolvers<never>()
  const onAbort = (): void => aborted.reject(signal.reason)
  signal.addEventListener('abort', onAbort, { once: true })
  try {
    signal.throwIfAborted()
    const text = await Promise.race([given(about), aborted.promise])
    if (typeof text === 'string') return text
    throw new TypeError(`joinAuthorization answered ${text === null ? 'null' : `a value of type ${typeof text}`}: it must answer a string`)
  } finally {
    signal.removeEventListener('abort', onAbort)
  }
}
