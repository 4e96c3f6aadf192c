/** What an app, or the layer above, gives to streams and gets from them (`/auki/stream/0.2.0`). */
import type { PayloadInput, PayloadKind, PayloadOf } from '@auki/datatypes'
import type { DeclineReason, EndReason, ReceivedStreamRequest, StreamGap, StreamManifest } from '../protocols/stream-types.ts'
import type { StreamNotice } from './notices.ts'

/**
 * Decides at once what to answer to a request; slow set-up belongs into the source. `requester` is proven by the connection. One that throws declines.
 */
export type StreamProvider = (requester: string, request: ReceivedStreamRequest) => StreamDispatch

/** The answer to a request. */
export type StreamDispatch = { readonly accept: AcceptedStream } | { readonly decline: DeclineReason }

/** What is served: entries of one kind. */
export type AcceptedStream = { [K in PayloadKind]: AcceptedStreamOf<K> }[PayloadKind]

interface AcceptedStreamOf<K extends PayloadKind> {
  readonly kind: K
  readonly manifest: StreamManifest
  /** Taken item by item, as the consumer does; `return` is called when it is gone. What it throws ends the stream with `producer_error`. */
  readonly source: AsyncIterable<StreamItem<K>>
  /** Overrides what the consumer asks for. */
  readonly keep?: 'all' | 'latest'
}

/** One entry to send. */
export interface StreamItem<K extends PayloadKind = PayloadKind> {
  /** On the log's clock, ns (i64). */
  readonly timestampNs: bigint
  /** The message, or its bytes. */
  readonly payload: PayloadInput<K>
  /** Its number in the manifest's `recording`, from 1 (a safe integer), if that has positions: each larger than the one before. */
  readonly position?: number | undefined
  /** What is missing before it; only for who asked for `gaps`. */
  readonly gap?: StreamGap | undefined
}

/** One entry as it is stored. */
export interface RawEntry {
  readonly timestampNs: bigint
  /** The payload's bytes. */
  readonly bytes: Uint8Array
  /** Its number in the recording, from 1; safe. Left out where there are none. */
  readonly position?: number | undefined
  /** What retention took away before it. */
  readonly gap?: StreamGap | undefined
}

/** Some entries in order. */
export interface EntryBatch {
  readonly entries: readonly RawEntry[]
  /** Whether they were there when the stream was asked for: of those none is ever dropped. */
  readonly history: boolean
}

/** Entries taken batch by batch. */
export interface EntryBatches {
  /** What follows, as soon as there is something; `undefined` at the end. What it throws ends the stream with `producer_error`. */
  next(): Promise<EntryBatch | undefined>
  /** A waiting `next` resolves to `undefined` at once. Idempotent. */
  close(): void
}

/** Where an outbound stream stands. */
export interface OutboundStream {
  readonly requester: string
  readonly resourceId: string
  /** Entries written. */
  readonly sent: bigint
  /** Entries left out for newer ones. */
  readonly dropped: bigint
}

/** One entry of a subscription. */
export interface ReceivedEntry<K extends PayloadKind = PayloadKind> {
  /** On the log's clock, ns. */
  readonly timestampNs: bigint
  /** From 0, without gaps; also across a resumption. What retention took away, and what was left out, has none. */
  readonly seq: bigint
  /** Its byte fields are views of what was received: copy what is to be kept of a large batch of small entries. */
  readonly payload: PayloadOf<K>
}

/**
 * A log of a peer, entry by entry. Leaving the loop over it cancels it.
 *
 * Iterating throws StreamError after all that was received, when the stream broke.
 */
export interface StreamSubscription<K extends PayloadKind = PayloadKind> extends AsyncIterable<ReceivedEntry<K>>, AsyncDisposable {
  readonly kind: K
  readonly manifest: StreamManifest
  /** How it ended, once everything received was taken by whoever iterates. Never rejects. */
  readonly ended: Promise<EndReason>
  /** Entries left out so far, by the producer and here; 0 unless `keep` is `latest`. Goes on counting when a broken stream is opened again. */
  readonly dropped: bigint
  /** Entries that retention took away before we got them, as far as they were counted. */
  readonly lost: bigint
  /**
   * What happens to the stream beside its entries: gaps, each told before the entry that follows it is handed out, and resumptions. From the first one on
   * (the last 64 are kept), until the stream has ended; several may read them.
   */
  notices(): AsyncIterable<StreamNotice>
  /** Ends it at once; idempotent. Also `Symbol.asyncDispose`. */
  cancel(): Promise<void>
}

/** A subscription to one of several kinds; narrows by its `kind`. */
export type SubscriptionTo<K extends PayloadKind = PayloadKind> = { [P in K]: StreamSubscription<P> }[K]

export interface OpenStreamOptions {
  /** `latest`: of the live entries waiting only the newest is kept, the others are counted as dropped; of history none is. Default: `all`. */
  readonly keep?: 'all' | 'latest'
  /** Fields that the producer's manifest must have; others are not looked at. */
  readonly expected?: Partial<StreamManifest>
  /**
   * A broken connection does not end the subscription: it is opened again, where it stood, once the peer is a member and connected again. It ends when the
   * peer has not been a member for 30 s, its log or its session is over, or it is cancelled. Default: false.
   */
  readonly resume?: boolean
  /** Aborting it cancels the subscription, too. */
  readonly signal?: AbortSignal
}

/** Declines every request with `sensor_not_found`. */
export function declineAllStreams(): StreamProvider {
  return () => ({ decline: { kind: 'sensor_not_found' } })
}
