import { toError } from '@auki/canonical'
import type { Share } from '../exchange/budget.ts'
import type { Exchange } from '../exchange/exchange.ts'
import { ResetError } from '../exchange/exchange-errors.ts'
import type { Substream } from '../exchange/substream.ts'
import { FrameReader } from '../protocols/frame.ts'
import { streamRequestBytesMax } from '../protocols/limits.ts'

/** The consumer's side of a substream. */
export interface ConsumerSide {
  /** The payload of the request. */
  readonly request: Promise<Uint8Array>
  /** Bytes after the request go there from now on; what it throws aborts the exchange. */
  readAfter(take: (bytes: Uint8Array) => void): void
}

/**
 * Watches the consumer's side of the substream. Bytes after the request that nobody was to read, and the end of that side, abort the exchange.
 */
export function watchConsumer(substream: Substream, exchange: Exchange, account: Share): ConsumerSide {
  const reader = new FrameReader({ capBytes: streamRequestBytesMax, allowEmpty: false })
  const request = Promise.withResolvers<Uint8Array>()
  let read = false
  let after = (_bytes: Uint8Array): void => {
    throw new ResetError('the consumer sent more than its request')
  }
  const onChunk = (bytes: Uint8Array): void => {
    if (read) return after(bytes)
    reader.push(bytes)
    const payload = reader.next()
    if (!account.hold(reader.bufferedBytes)) throw new ResetError('too many bytes in unfinished requests')
    if (payload === undefined) return
    if (reader.bufferedBytes > 0) throw new ResetError('the consumer sent more than its request')
    read = true
    account.release()
    request.resolve(payload)
  }
  const { signal } = exchange
  signal.addEventListener('abort', () => request.reject(signal.reason), { once: true })
  const stop = substream.listen({
    chunk: (bytes) => {
      try {
        if (!signal.aborted) onChunk(bytes)
      } catch (error) {
        exchange.abort(toError(error))
      }
    },
    end: (error) => exchange.abort(error ?? new ResetError('the consumer is gone'))
  })
  signal.addEventListener('abort', stop, { once: true })
  return {
    request: request.promise,
    readAfter(take) {
      after = take
    }
  }
}
