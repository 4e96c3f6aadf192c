/**
 * A stream as its reader sees it.
 *
 * Bytes are cut into entries only when somebody asks for one, and `next` answers at once from what is there: one promise for an entry, and none that
 * anybody waits for. What ends the stream is found in the same order as the entries, so it can't overtake them.
 */
import { decodePayload, type PayloadKind } from '@auki/datatypes'
import * as stream from '../protocols/stream.ts'
import { readEntry } from '../protocols/stream-entry-read.ts'
import { toError } from '../runtime/abort.ts'
import type { Frame } from './chunk-queue.ts'
import { StreamError } from './errors.ts'
import type { Intake } from './intake.ts'
import type { ReceivedEntry, StreamSubscription } from './types.ts'

export interface SubscriptionInit<K extends PayloadKind> {
  readonly peerId: string
  readonly kind: K
  readonly manifest: stream.StreamManifest
  readonly intake: Intake
  /** `latest`: of live entries hold one, the newest, instead of letting the producer wait. */
  readonly keep: 'all' | 'latest'
  /** No history was asked for. Where it was, only the producer knows when it is over. */
  readonly live: boolean
  readonly resourceId: string
  /** Called once, when the substream is not needed any more; with an error when it is to be cut. */
  readonly release: (error: Error | undefined) => void
}

type Result<K extends PayloadKind> = IteratorResult<ReceivedEntry<K>, undefined>

interface Waiter<K extends PayloadKind> {
  resolve(result: Result<K>): void
  reject(error: unknown): void
}

/** How it ends, and what iterating throws then. */
interface Outcome {
  readonly reason: stream.EndReason
  readonly error?: StreamError
}

const done = { done: true, value: undefined } as const

export class Subscription<K extends PayloadKind> implements StreamSubscription<K>, AsyncIterator<ReceivedEntry<K>, undefined> {
  readonly kind: K
  readonly manifest: stream.StreamManifest
  readonly ended: Promise<stream.EndReason>
  readonly #init: SubscriptionInit<K>
  readonly #ended = Promise.withResolvers<stream.EndReason>()
  #waiters: Waiter<K>[] = []
  #iterated = false
  /** Only the newest entry is held. */
  #newestOnly: boolean
  #newest: stream.StreamEntry | undefined
  /** Read ahead of a reader that may never come. */
  #ahead: ReceivedEntry<K>[] = []
  #droppedThere = 0n
  #droppedHere = 0n
  /** Known once everything before it was read. */
  #outcome: Outcome | undefined
  /** `ended` is settled and the substream given back. */
  #concluded = false
  /** Iterating has come to its end. */
  #over = false

  constructor(init: SubscriptionInit<K>) {
    this.#init = init
    this.kind = init.kind
    this.manifest = init.manifest
    this.#newestOnly = init.keep === 'latest' && init.live
    this.ended = this.#ended.promise
    init.intake.onChange = () => this.#onChange()
    this.#onChange()
  }

  get dropped(): bigint {
    return this.#droppedThere + this.#droppedHere
  }

  [Symbol.asyncIterator](): AsyncIterator<ReceivedEntry<K>, undefined> {
    this.#iterated = true
    return this
  }

  next(): Promise<Result<K>> {
    this.#iterated = true
    try {
      const result = this.#waiters.length === 0 ? this.#take() : undefined
      if (result !== undefined) return Promise.resolve(result)
    } catch (error) {
      return Promise.reject(error)
    }
    return new Promise((resolve, reject) => this.#waiters.push({ resolve, reject }))
  }

  /** Leaving the loop. */
  async return(): Promise<Result<K>> {
    await this.cancel()
    return done
  }

  async cancel(): Promise<void> {
    this.#over = true
    this.#ahead = []
    this.#newest = undefined
    this.#conclude({ reason: { kind: 'cancelled' } })
    for (const waiter of this.#waiters.splice(0)) waiter.resolve(done)
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.cancel()
  }

  #onChange(): void {
    if (this.#newestOnly) this.#keepNewest()
    while (this.#waiters.length > 0) {
      try {
        const result = this.#take()
        if (result === undefined) return
        this.#waiters.shift()!.resolve(result)
      } catch (error) {
        this.#waiters.shift()!.reject(error)
      }
    }
    if (!this.#iterated && this.#init.intake.ended !== undefined) this.#readAhead()
  }

  #keepNewest(): void {
    for (let entry = this.#read(); entry !== undefined; entry = this.#read()) {
      if (this.#newest !== undefined) this.#droppedHere += 1n
      this.#newest = entry
    }
  }

  /** Nobody iterates, and all that will ever come is here: now `ended` can tell, and whoever iterates later still gets everything. */
  #readAhead(): void {
    for (let entry = this.#received(); entry !== undefined; entry = this.#received()) this.#ahead.push(entry)
    if (this.#outcome !== undefined) this.#conclude(this.#outcome)
  }

  /** What is next, once that is known. @throws StreamError, once. */
  #take(): Result<K> | undefined {
    const entry = this.#ahead.shift() ?? this.#received()
    if (entry !== undefined) return { done: false, value: entry }
    if (this.#over) return done
    if (this.#outcome === undefined) return undefined
    this.#over = true
    this.#conclude(this.#outcome)
    if (this.#outcome.error !== undefined) throw this.#outcome.error
    return done
  }

  #received(): ReceivedEntry<K> | undefined {
    let entry = this.#newest ?? this.#read()
    this.#newest = undefined
    if (this.#newestOnly && entry !== undefined) {
      // Where it has just turned out that the stream is live, older ones may be waiting.
      this.#newest = entry
      this.#keepNewest()
      entry = this.#newest
      this.#newest = undefined
    }
    return entry && this.#decode(entry)
  }

  /** The next entry in the order of the stream; `undefined` while there is none, and from the outcome on. */
  #read(): stream.StreamEntry | undefined {
    if (this.#outcome !== undefined) return undefined
    const { intake } = this.#init
    try {
      const frame = intake.take()
      if (frame !== undefined) return this.#entryOf(frame)
    } catch (error) {
      this.#outcome = this.#broken(toError(error))
    }
    if (intake.ended !== undefined) this.#outcome ??= this.#lost(intake.ended.error)
    return undefined
  }

  #entryOf({ bytes, from, to }: Frame): stream.StreamEntry | undefined {
    const entry = readEntry(bytes, from, to) ?? this.#slowly(bytes.subarray(from, to))
    if (entry === undefined) return undefined
    this.#droppedThere = entry.dropped
    // A producer drops no history: once it has dropped something, all that follows is live.
    if (entry.dropped > 0n && this.#init.keep === 'latest') this.#newestOnly = true
    return entry
  }

  #slowly(payload: Uint8Array): stream.StreamEntry | undefined {
    const message = stream.decode(payload)
    if (message.kind === 'entry') return message.entry
    if (message.kind !== 'end_of_stream') throw new Error(`the producer sent ${message.kind} among the entries`)
    this.#outcome = { reason: message.reason }
    return undefined
  }

  #decode({ timestampNs, seq, payload }: stream.StreamEntry): ReceivedEntry<K> | undefined {
    try {
      return { timestampNs, seq, payload: decodePayload(this.kind, payload) }
    } catch (error) {
      const { sensorId, sensorHash } = this.manifest
      const meaning = sensorHash === '' ? '' : `, of sensor "${sensorId}" with the hash ${sensorHash}`
      this.#outcome = this.#broken(new Error(`entry ${seq}${meaning}: ${toError(error).message}`, { cause: error }))
      return undefined
    }
  }

  #broken(cause: Error): Outcome {
    const detail = cause.message
    const message = `the stream of "${this.#init.resourceId}" from ${this.#init.peerId} broke its protocol: ${detail}`
    return { reason: { kind: 'protocol', detail }, error: new StreamError('protocol', message, { detail }, { cause }) }
  }

  #lost(cause: Error | undefined): Outcome {
    // Reading more than fits the buffers is no loss of the connection.
    if (cause?.name === 'StreamBufferError') return this.#broken(cause)
    const why = cause === undefined ? 'the producer closed it without a word' : cause.message
    const remedy = 'ask again, from the timestamp of the last entry'
    const message = `the stream of "${this.#init.resourceId}" from ${this.#init.peerId} was cut: ${why}; ${remedy}`
    return { reason: { kind: 'connection_lost' }, error: new StreamError('connection-lost', message, {}, { cause }) }
  }

  #conclude(outcome: Outcome): void {
    if (this.#concluded) return
    this.#concluded = true
    this.#outcome = outcome
    this.#init.intake.stop()
    this.#ended.resolve(outcome.reason)
    const { kind } = outcome.reason
    const byProducer = kind !== 'connection_lost' && kind !== 'cancelled' && kind !== 'protocol'
    this.#init.release(byProducer ? undefined : (outcome.error ?? new Error('the stream was cancelled')))
  }
}
