import { setTimeout as sleep } from 'node:timers/promises'
import { FetchParticipantInfoError, FetchRegistryEntryError, FetchResourcesCatalogError } from '@auki/domain'
import { answerWithinMs, attemptPauseMsMax, attemptPauseMsMin } from './settings.ts'

/**
 * Asks again until there is an answer: a peer refuses us until the Manager has told it that we are a member, which takes a moment.
 *
 * @throws what the last attempt failed of, after some seconds or at once when asking again is no use; the reason of `stop` when that aborts.
 */
export async function untilAnswered<T>(ask: (signal: AbortSignal) => Promise<T>, stop: AbortSignal, withinMs = answerWithinMs): Promise<T> {
  const deadline = AbortSignal.timeout(withinMs)
  const signal = AbortSignal.any([stop, deadline])
  let last: unknown
  for (let pauseMs = attemptPauseMsMin; ; pauseMs = Math.min(2 * pauseMs, attemptPauseMsMax)) {
    try {
      return await ask(signal)
    } catch (error) {
      stop.throwIfAborted()
      if (!deadline.aborted) last = error
      if (deadline.aborted || !isRefusal(error)) throw last ?? error
    }
    await sleep(pauseMs, undefined, { signal }).catch(() => stop.throwIfAborted())
  }
}

function isRefusal(error: unknown): boolean {
  const asking = [FetchParticipantInfoError, FetchResourcesCatalogError, FetchRegistryEntryError]
  return asking.some((Asking) => error instanceof Asking && error.code === 'request')
}
