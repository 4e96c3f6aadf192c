import { setTimeout as sleep } from 'node:timers/promises'
import { ConvertTimeError, type StreamSubscription } from '@auki/domain'
import { clockLookMs, clockWaitMs } from './settings.ts'

type Subscription = Pick<StreamSubscription, 'toDomainTime'>

/** When the entries of a log were, in domain time. */
export class LogTimes {
  readonly #subscription: Subscription
  #offsetNs: bigint

  private constructor(subscription: Subscription, offsetNs: bigint) {
    this.#subscription = subscription
    this.#offsetNs = offsetNs
  }

  /** Resolves as soon as the log's clock is known; to why it is not after 2 s, as for a clock that nobody can measure. Rejects with the reason of `stop`. */
  static async of(subscription: Subscription, stop: AbortSignal): Promise<LogTimes | ConvertTimeError> {
    for (let leftMs = clockWaitMs; ; leftMs -= clockLookMs) {
      const offset = offsetAt(subscription, 0n)
      if (typeof offset === 'bigint') return new LogTimes(subscription, offset)
      if (leftMs <= 0) return offset
      await sleep(clockLookMs, undefined, { signal: stop })
    }
  }

  /** One that can't be converted at the moment, as when the machine has slept, is taken to be as far off as the one before. */
  at(timestampNs: bigint): bigint {
    const offset = offsetAt(this.#subscription, timestampNs)
    if (typeof offset === 'bigint') this.#offsetNs = offset
    return timestampNs + this.#offsetNs
  }
}

function offsetAt(subscription: Subscription, timestampNs: bigint): bigint | ConvertTimeError {
  try {
    return subscription.toDomainTime({ timestampNs }).offsetNs
  } catch (error) {
    if (error instanceof ConvertTimeError) return error
    throw error
  }
}
