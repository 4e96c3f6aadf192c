import { setTimeout as sleep } from 'node:timers/promises'
import { ConvertTimeError, type StreamSubscription } from '@auki/domain'
import { clockLookMs, clockWaitMs } from './settings.ts'

type Subscription = Pick<StreamSubscription, 'toDomainTime'>

/** Converts the timestamps of a log to domain time. */
export class LogTimes {
  readonly #subscription: Subscription
  #offsetNs: bigint

  private constructor(subscription: Subscription, offsetNs: bigint) {
    this.#subscription = subscription
    this.#offsetNs = offsetNs
  }

  /** Resolves as soon as there is a sample of the log's clock; after 5 s without one, to the error that says why. Rejects with the reason of `stop`. */
  static async of(subscription: Subscription, stop: AbortSignal): Promise<LogTimes | ConvertTimeError> {
    for (let leftMs = clockWaitMs; ; leftMs -= clockLookMs) {
      const offset = offsetAt(subscription, 0n)
      if (typeof offset === 'bigint') return new LogTimes(subscription, offset)
      if (leftMs <= 0) return offset
      await sleep(clockLookMs, undefined, { signal: stop })
    }
  }

  /** A timestamp that can't be converted now, for instance after the machine slept, gets the offset of the one before. */
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
