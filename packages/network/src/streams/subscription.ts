/**
 * A stream as its reader sees it.
 *
 * `next` answers at once where an entry has been received: its promise is the only one that an entry costs, and it is resolved already. Otherwise the
 * reader waits here until the feed has something. With `keep: 'latest'`, what a slow reader has not asked for is replaced by what comes after it.
 */
import { reasonOf } from '@auki/canonical'
import { decodePayload, type PayloadKind } from '@auki/datatypes'
import type * as stream from '../protocols/stream.ts'
import { Feed, type FeedInit } from './feed.ts'
import type { StreamNotice } from './notices.ts'
import type { Outcome } from './outcomes.ts'
import type { ReceivedEntry, StreamSubscription } from './stream-api.ts'

export interface SubscriptionInit<K extends PayloadKind> extends FeedInit {
  readonly kind: K
  /** Called once, when it is over. */
  readonly onOver: () => void
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
  readonly #feed: Feed
  readonly #ended = Promise.withResolvers<stream.EndReason>()
  #waiters: Waiter<K>[] = []
  #iterated = false
  /** The one entry that is held where only the newest is wanted. */
  #newest: stream.StreamEntry | undefined
  /** Entries replaced by newer ones here. */
  #dropped = 0n
  /** Entries that were decoded before anybody asked for them. */
  #ahead: ReceivedEntry<K>[] = []
  /** `ended` is settled and the substream given back. */
  #concluded = false
  /** Iterating has come to its end. */
  #over = false

  constructor(init: SubscriptionInit<K>) {
    this.#init = init
    this.kind = init.kind
    this.manifest = init.stream.manifest
    this.ended = this.#ended.promise
    this.#feed = new Feed(init, () => this.#onChange())
    this.#feed.start()
  }

  get dropped(): bigint {
    return this.#dropped + this.#feed.dropped
  }

  get lost(): bigint {
    return this.#feed.lost
  }

  notices(): AsyncGenerator<StreamNotice, void, undefined> {
    return this.#feed.notices.read()
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
    if (this.#feed.newestOnly) this.#keepNewest()
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

  /** `ended` must be settled even where nobody iterates; but where the stream is opened again and again, what is read ahead for that must not grow. */
  #mayReadAhead(): boolean {
    if (this.#iterated || !this.#feed.isComplete) return false
    return !this.#feed.mayGoOn || this.#ahead.length === 0
  }

  /** Nobody iterates, and all that will ever come is here: now `ended` can tell, and whoever iterates later still gets everything. */
  #readAhead(): void {
    for (let entry = this.#received(); entry !== undefined; entry = this.#received()) this.#ahead.push(entry)
    if (this.#feed.outcome !== undefined) this.#conclude(this.#feed.outcome)
  }

  #keepNewest(): void {
    for (let entry = this.#feed.read(); entry !== undefined; entry = this.#feed.read()) {
      if (this.#newest !== undefined) this.#dropped += 1n
      this.#newest = entry
    }
  }

  /** What is next, once that is known. @throws StreamError, once. */
  #take(): Result<K> | undefined {
    const entry = this.#ahead.shift() ?? this.#received()
    if (entry !== undefined) return { done: false, value: entry }
    if (this.#over) return done
    const { outcome } = this.#feed
    if (outcome === undefined) return undefined
    this.#over = true
    this.#conclude(outcome)
    if (outcome.error !== undefined) throw outcome.error
    return done
  }

  #received(): ReceivedEntry<K> | undefined {
    let entry = this.#newest ?? this.#feed.read()
    this.#newest = undefined
    if (this.#feed.newestOnly && entry !== undefined) {
      // Where it has just turned out that the stream is live, older ones may be waiting.
      this.#newest = entry
      this.#keepNewest()
      entry = this.#newest
      this.#newest = undefined
    }
    return entry && this.#decode(entry)
  }

  #decode({ timestampNs, seq, payload }: stream.StreamEntry): ReceivedEntry<K> | undefined {
    try {
      return { timestampNs, seq, payload: decodePayload(this.kind, payload) }
    } catch (error) {
      const { sensorId, sensorHash } = this.manifest
      const meaning = sensorHash === '' ? '' : `, of sensor "${sensorId}" with the hash ${sensorHash}`
      this.#feed.fail(new Error(`entry ${seq}${meaning}: ${reasonOf(error)}`, { cause: error }))
      return undefined
    }
  }

  #conclude(outcome: Outcome): void {
    if (this.#concluded) return
    this.#concluded = true
    this.#feed.finish(outcome)
    this.#ended.resolve(outcome.reason)
    this.#init.onOver()
  }
}
