/**
 * A stream as its reader sees it.
 *
 * Bytes are cut into entries only when somebody asks for one, and `next` answers at once from what is there: one promise for an entry, and none that
 * anybody waits for. What ends the stream is found in the same order as the entries, so it can't overtake them.
 */
import { reasonOf, toError } from '@auki/canonical'
import { decodePayload, type PayloadKind } from '@auki/datatypes'
import * as stream from '../protocols/stream.ts'
import { readEntry } from '../protocols/stream-entry-read.ts'
import type { Bookmark } from './bookmark.ts'
import type { Frame } from './chunk-queue.ts'
import { Notices, type StreamNotice } from './notices.ts'
import type { OpenedStream } from './opening.ts'
import { broken, lost, notResumed, type Outcome } from './outcomes.ts'
import type { Reopened } from './reopening.ts'
import type { ReceivedEntry, StreamSubscription } from './stream-api.ts'

export interface SubscriptionInit<K extends PayloadKind> {
  readonly peerId: string
  readonly resourceId: string
  readonly kind: K
  readonly stream: OpenedStream
  /** `latest`: of live entries hold one, the newest, instead of letting the producer wait. */
  readonly keep: 'all' | 'latest'
  /** No history was asked for. Where it was, only the producer knows when it is over. */
  readonly live: boolean
  readonly bookmark: Bookmark
  /** Opens it again when it was cut; left out where a cut ends it. `newestOnly`: what was missed is not wanted. Rejects only with the signal's reason. */
  readonly again?: ((newestOnly: boolean, signal: AbortSignal) => Promise<Reopened>) | undefined
  /** Called once, when it is over. */
  readonly onOver: () => void
  /** Called with what nobody hears of otherwise. */
  readonly warn: (message: string) => void
}

type Result<K extends PayloadKind> = IteratorResult<ReceivedEntry<K>, undefined>

interface Waiter<K extends PayloadKind> {
  resolve(result: Result<K>): void
  reject(error: unknown): void
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
  /** The substream that entries come on; none while it is being opened again. */
  #stream: OpenedStream | undefined
  /** Aborts opening it again. */
  #pause: AbortController | undefined
  /** An entry came since it was opened. */
  #fruitful = true
  #droppedThere = 0n
  /** What was dropped here, and there before it was opened again. */
  #droppedElse = 0n
  #lost = 0n
  readonly #notices = new Notices()
  /** Known once everything before it was read. */
  #outcome: Outcome | undefined
  /** `ended` is settled and the substream given back. */
  #concluded = false
  /** Iterating has come to its end. */
  #over = false

  constructor(init: SubscriptionInit<K>) {
    this.#init = init
    this.kind = init.kind
    this.manifest = init.stream.manifest
    this.#newestOnly = init.keep === 'latest' && init.live
    this.ended = this.#ended.promise
    this.#readFrom(init.stream)
  }

  get dropped(): bigint {
    return this.#droppedThere + this.#droppedElse + this.#init.bookmark.passedOver
  }

  get lost(): bigint {
    return this.#lost
  }

  notices(): AsyncGenerator<StreamNotice, void, undefined> {
    return this.#notices.read()
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

  #readFrom(opened: OpenedStream): void {
    this.#stream = opened
    opened.intake.onChange = () => this.#onChange()
    this.#onChange()
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
    if (this.#mayReadAhead()) this.#readAhead()
  }

  /** How it ends is told also where nobody reads; but what waits for a reader must not grow with every time that it is opened again. */
  #mayReadAhead(): boolean {
    if (this.#iterated) return false
    if (this.#stream?.intake.ended === undefined) return this.#outcome !== undefined
    return this.#init.again === undefined || this.#ahead.length === 0
  }

  #keepNewest(): void {
    for (let entry = this.#read(); entry !== undefined; entry = this.#read()) {
      if (this.#newest !== undefined) this.#droppedElse += 1n
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
    while (this.#outcome === undefined && this.#stream !== undefined) {
      const { intake } = this.#stream
      try {
        const frame = intake.take()
        const entry = frame && this.#entryOf(frame)
        if (entry !== undefined) return entry
        if (frame !== undefined) continue
      } catch (error) {
        this.#outcome = broken(this.#init, toError(error))
      }
      if (intake.ended === undefined) return undefined
      if (this.#outcome === undefined) this.#onCut(this.#stream, intake.ended.error)
    }
    return undefined
  }

  #entryOf({ bytes, from, to }: Frame): stream.StreamEntry | undefined {
    const entry = readEntry(bytes, from, to) ?? this.#slowly(bytes.subarray(from, to))
    if (entry === undefined) return undefined
    const passed = this.#init.bookmark.pass(entry)
    this.#droppedThere = entry.dropped
    // A producer drops no history: once it has dropped something, all that follows is live.
    if (entry.dropped > 0n && this.#init.keep === 'latest') this.#newestOnly = true
    if (passed === undefined) return undefined
    this.#fruitful = true
    if (passed.gap !== undefined) this.#tellGap(passed.gap)
    return passed
  }

  #tellGap(gap: stream.StreamGap): void {
    const { resourceId, peerId, warn } = this.#init
    const { fromNs, toNs } = gap
    const isCounted = gap.lost > 0n
    this.#lost += gap.lost
    this.#notices.publish({ type: 'gap', ...(isCounted && { lost: gap.lost }), fromNs, toNs })
    if (this.#notices.isRead) return
    const what = `${isCounted ? gap.lost : 'some'} entries of "${resourceId}" from ${peerId}, ${fromNs} to ${toNs} ns`
    warn(`${what}, were removed before they could be read: read faster, or have the log keep more`)
  }

  /** The substream has ended without a word why. One that was closed as it should, twice and with nothing in it, has ended for good. */
  #onCut(opened: OpenedStream, error: Error | undefined): void {
    const outcome = lost(this.#init, error)
    const { again } = this.#init
    const isOver = again === undefined || outcome.reason.kind === 'protocol' || (!this.#fruitful && opened.isHalfOpen())
    if (isOver) this.#outcome = outcome
    else void this.#resume(opened, again)
  }

  async #resume(opened: OpenedStream, again: NonNullable<SubscriptionInit<K>['again']>): Promise<void> {
    const pause = new AbortController()
    this.#pause = pause
    this.#stream = undefined
    opened.release(new Error('the stream was cut'))
    const found = await again(this.#newestOnly, pause.signal).catch((cause: unknown) => ({ over: { kind: 'cancelled' } as const, cause }))
    if (this.#concluded) {
      if ('stream' in found) found.stream.release(new Error('the stream was cancelled'))
      return
    }
    if ('over' in found) {
      this.#outcome = notResumed(this.#init, found.over, found.cause)
      return this.#onChange()
    }
    this.#droppedElse += this.#droppedThere
    this.#droppedThere = 0n
    this.#fruitful = false
    const { mayRepeat, mayMiss } = found.how
    const pauseMs = Math.round(found.pauseMs)
    this.#notices.publish({ type: 'resumed', pauseMs, ...(mayRepeat && { mayRepeat }), ...(mayMiss && { mayMiss }) })
    this.#readFrom(found.stream)
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
      this.#outcome = broken(this.#init, new Error(`entry ${seq}${meaning}: ${reasonOf(error)}`, { cause: error }))
      return undefined
    }
  }

  #conclude(outcome: Outcome): void {
    if (this.#concluded) return
    this.#concluded = true
    this.#outcome = outcome
    this.#pause?.abort(new Error('the stream is over'))
    const { kind } = outcome.reason
    const byProducer = kind !== 'connection_lost' && kind !== 'cancelled' && kind !== 'protocol'
    this.#stream?.release(byProducer ? undefined : (outcome.error ?? new Error('the stream was cancelled')))
    this.#stream = undefined
    this.#notices.end()
    this.#ended.resolve(outcome.reason)
    this.#init.onOver()
  }
}
