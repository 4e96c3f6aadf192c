/** The authorization for one attempt to join, from the app's function. */
import { abortable } from '@auki/canonical'
import type { JoinAuthorization, JoinOccasion } from '../config.ts'

/** @throws whatever the app's function throws; TypeError when it returns no string; `signal.reason`. */
export async function authorizationFor(
  given: Exclude<JoinAuthorization, string>,
  about: JoinOccasion,
  signal: AbortSignal
): Promise<string> {
  signal.throwIfAborted()
  const text: unknown = await abortable(Promise.resolve(given(about)), signal)
  if (typeof text === 'string') return text
  throw new TypeError(`joinAuthorization answered ${text === null ? 'null' : `a value of type ${typeof text}`}: it must answer a string`)
}
