/** One stream that we serve: read the request, answer it, send the entries, say why there are no more. */

import { cutText, reasonOf, toError } from '@auki/canonical'
import type { Share } from '../exchange/budget.ts'
import type { RuntimeEnv } from '../exchange/env.ts'
import { Exchange } from '../exchange/exchange.ts'
import { ResetError } from '../exchange/exchange-errors.ts'
import type { Reading } from '../exchange/reading.ts'
import type { Substream } from '../exchange/substream.ts'
import { encodeFrame } from '../protocols/frame.ts'
import * as stream from '../protocols/stream.ts'
import { refusalDetailCharsMax } from '../settings.ts'
import { EntrySource } from './entry-source.ts'
import { ItemBatches } from './item-batches.ts'
import { Pump } from './pump.ts'
import { watchConsumer } from './request-door.ts'
import type { AcceptedStream, OutboundStream, StreamProvider } from './stream-api.ts'

export interface ServingInit {
  readonly env: RuntimeEnv
  readonly reading: Pick<Reading, 'rested' | 'charge'>
  readonly requester: string
  readonly substream: Substream
  readonly provider: StreamProvider
  /** Whether the session that the logs belong to is over. */
  readonly sessionEnded: () => boolean
  /** For the bytes of the request. */
  readonly account: Share
  /** Called once the request was read, or will not be. */
  readonly onRequestRead: () => void
}

type Request = stream.ReceivedStreamRequest

/** What we say to a request, and what we send then. */
interface Answer {
  readonly frame: Uint8Array
  readonly pump?: Pump
}

export class Serving {
  readonly exchange: Exchange
  /** Resolves when everything has been written, or the stream was cut. */
  readonly finished: Promise<void>
  readonly #init: ServingInit
  readonly #finished = Promise.withResolvers<void>()
  #request: Request | undefined
  #pump: Pump | undefined
  #shuttingDown = false
  #written = false

  constructor(init: ServingInit) {
    this.#init = init
    this.exchange = new Exchange(init.env)
    this.finished = this.#finished.promise
  }

  /** How far it has come; `undefined` before it was accepted. */
  get outbound(): OutboundStream | undefined {
    if (this.#request === undefined || this.#pump === undefined) return undefined
    return { requester: this.#init.requester, resourceId: this.#request.resourceId, sent: this.#pump.sent, dropped: this.#pump.dropped }
  }

  /** Ends the stream with `producer_shutting_down`, as far as it got. */
  shutDown(): void {
    this.#shuttingDown = true
    if (this.#pump === undefined) this.exchange.abort(new ResetError('shutting down'))
    else this.#pump.stop()
  }

  /** Resets it, unless everything has been written: that may still be on its way. */
  cut(reason: Error): void {
    if (!this.#written) this.exchange.abort(reason)
  }

  /** Serves it to the end; resolves when both sides are done. */
  async run(): Promise<void> {
    const { env, requester, substream } = this.#init
    const { signal } = this.exchange
    const onAbort = () => {
      this.#pump?.stop()
      substream.reset(signal.reason)
    }
    signal.addEventListener('abort', onAbort, { once: true })
    try {
      await this.#serve()
      await substream.flush(signal)
      this.#written = true
      this.#finished.resolve()
      // A consumer that was declined has nothing left to read, and must not hold a place by being slow.
      if (this.#pump === undefined) await this.exchange.within('close', env.limits.answerWriteMs, () => closed(substream, signal))
      else await closed(substream, signal)
    } catch (error) {
      env.log('debug', `a stream to ${requester} was cut: ${reasonOf(error)}`)
      substream.reset(error)
    } finally {
      this.#finished.resolve()
      this.#pump?.stop()
      signal.removeEventListener('abort', onAbort)
    }
  }

  async #serve(): Promise<void> {
    const { substream } = this.#init
    const request = await this.#readRequest()
    const { frame, pump } = this.#answer(request)
    this.#request = request
    this.#pump = pump
    const { signal } = this.exchange
    await this.exchange.within('write', this.#init.env.limits.answerWriteMs, () => substream.write(frame, signal))
    if (pump === undefined) return
    const reason = await this.#run(pump, request)
    signal.throwIfAborted()
    substream.send([frameOf({ kind: 'end_of_stream', reason })])
  }

  async #readRequest(): Promise<Request> {
    const { env, reading, requester, substream, account, onRequestRead } = this.#init
    const { signal } = this.exchange
    const arriving = watchConsumer(substream, this.exchange, account)
    try {
      const payload = await this.exchange.within('read', env.limits.streamServerReadMs, async () => {
        const arrived = await arriving
        await reading.rested(requester, signal)
        return arrived
      })
      const message = reading.charge(requester, () => stream.decode(payload))
      if (message.kind === 'request') return message.request
      throw new ResetError(`the first message is ${message.kind}, not a request`)
    } finally {
      account.release()
      onRequestRead()
    }
  }

  #answer(request: Request): Answer {
    const { env, requester, provider, substream } = this.#init
    try {
      const dispatch = provider(requester, request)
      if (!('accept' in dispatch)) return { frame: frameOf({ kind: 'decline', reason: dispatch.decline }) }
      const { kind, manifest, source } = dispatch.accept
      const frame = frameOf({ kind: 'accept', manifest })
      const batches = source instanceof EntrySource ? source.batches : new ItemBatches(source, kind)
      return { frame, pump: new Pump(substream, batches, keepOf(request, dispatch.accept)) }
    } catch (error) {
      env.log('warn', `the stream provider failed for "${request.resourceId}": ${reasonOf(error)}`)
      return { frame: frameOf({ kind: 'decline', reason: { kind: 'other', detail: 'provider raised' } }) }
    }
  }

  /** Sends the entries; returns why there are no more. */
  async #run(pump: Pump, { resourceId }: Request): Promise<stream.EndOfStream> {
    const { env, substream, sessionEnded } = this.#init
    let failure: Error | undefined
    try {
      await pump.run()
    } catch (error) {
      if (this.exchange.signal.aborted || substream.closed) throw error
      failure = toError(error)
    }
    if (this.#shuttingDown) return { kind: 'producer_shutting_down' }
    if (failure === undefined) return { kind: sessionEnded() ? 'session_ended' : 'source_ended' }
    env.log('warn', `the source of "${resourceId}" failed: ${failure.message}`)
    return { kind: 'producer_error', detail: cutText(failure.message, refusalDetailCharsMax) }
  }
}

/**
 * The provider's choice, or else the consumer's wish.
 *
 * History must not be dropped, and an app's source does not tell where it ends: there the wish only counts if no history was asked for.
 */
function keepOf({ from, keep }: Request, accept: AcceptedStream): 'all' | 'latest' {
  if (accept.keep !== undefined) return accept.keep
  return from === 'latest' || accept.source instanceof EntrySource ? keep : 'all'
}

function frameOf(message: stream.StreamMessage): Uint8Array {
  return encodeFrame(stream.encode(message), stream.FRAME_BYTES_MAX)
}

/** Closes our side; resolves when the other one has closed, too, or was cut. However long that takes: it may be reading what we sent. */
async function closed(substream: Substream, signal: AbortSignal): Promise<void> {
  const over = new Promise<void>((resolve) => {
    substream.onClosed(resolve)
    signal.addEventListener('abort', () => resolve(), { once: true })
  })
  await substream.close()
  if (!substream.closed) await over
}
