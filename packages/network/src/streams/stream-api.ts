/** What an app, or the layer above, gives to streams and gets from them (`/auki/stream/0.2.0`). */
import type { PayloadInput, PayloadKind, PayloadOf } from '@auki/datatypes'
import type { CallOptions } from '../protocols/call-options.ts'
import type {
  DeclineReason,
  EndReason,
  ReceivedStreamRequest,
  StreamGap,
  StreamManifest,
  StreamPriority
} from '../protocols/stream-types.ts'
import type { StreamNotice } from './notices.ts'

/**
 * Decides at once what to answer to a request; slow set-up belongs into the source. `requester` is the peer id that the connection has proven. A provider
 * that throws declines.
 */
export type StreamProvider = (requester: string, request: ReceivedStreamRequest) => StreamDispatch

/** The answer to a request. */
export type StreamDispatch = { readonly accept: AcceptedStream } | { readonly decline: DeclineReason }

/** What is served: entries of one kind. */
export type AcceptedStream = { [K in PayloadKind]: AcceptedStreamOf<K> }[PayloadKind]

interface AcceptedStreamOf<K extends PayloadKind> {
  readonly kind: K
  readonly manifest: StreamManifest
  /** Iterated as fast as the consumer reads; `return` is called when the consumer is gone. What it throws ends the stream with `producer_error`. */
  readonly source: AsyncIterable<StreamItem<K>>
  /** What becomes of live entries that wait for a slow consumer; overrides what the consumer asks for. Default: as it asks. */
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
  /** What is missing before it; only consumers that asked for `gaps` may be told. */
  readonly gap?: StreamGap | undefined
}

/** One entry to send, its payload encoded, and where it stands in its log. */
export interface SourceEntry {
  readonly timestampNs: bigint
  /** The payload's bytes. */
  readonly bytes: Uint8Array
  /** Its number in the recording, from 1 (a safe integer). Left out where the producer has none. */
  readonly position?: number | undefined
  /** What retention took away before it. */
  readonly gap?: StreamGap | undefined
}

/** Some entries in order. */
export interface EntryBatch {
  readonly entries: readonly SourceEntry[]
  /** Whether they were in the log when the stream was asked for: of history nothing is ever dropped. */
  readonly history: boolean
}

/** Entries taken batch by batch. */
export interface EntryBatches {
  /**
   * The next entries, as soon as there are some; `undefined` at the end. What it throws ends the stream with `producer_error`.
   *
   * Payloads of up to 16 KiB need to be good only until it is called again, or `close` is, except where only the newest entry is wanted.
   */
  next(): Promise<EntryBatch | undefined>
  /** A waiting `next` resolves to `undefined` at once. Idempotent. */
  close(): void
}

/** A stream that a member reads from us, and how far it has come. */
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
  /** Counts the entries of this subscription from 0 without gaps, also across a resumption. Entries that are missing are not counted. */
  readonly seq: bigint
  /** Its byte fields are views of what was received: copy what you keep, or the whole batch stays in memory. */
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
  /** How it ended; resolves once everything that was received has been iterated. Never rejects. */
  readonly ended: Promise<EndReason>
  /** Live entries dropped for newer ones so far, by the producer and here; 0 unless `keep` is `latest`. Goes on counting after a resumption. */
  readonly dropped: bigint
  /** Entries that retention removed from the log before they were sent, as far as they were counted. */
  readonly lost: bigint
  /**
   * What happens to the stream beside its entries: gaps, each published before the entry that follows it is handed out, and resumptions. Each reader gets
   * them from the first one on (the last 64 are kept) until the stream has ended.
   */
  notices(): AsyncIterable<StreamNotice>
  /** Ends it at once; idempotent. Also `Symbol.asyncDispose`. */
  cancel(): Promise<void>
}

/** A subscription to one of several kinds; narrows by its `kind`. */
export type SubscriptionTo<K extends PayloadKind = PayloadKind> = { [P in K]: StreamSubscription<P> }[K]

export interface OpenStreamOptions extends CallOptions {
  /** `latest`: of the live entries that wait for the reader only the newest is kept, the others count as dropped; history is never dropped. Default: `all`. */
  readonly keep?: 'all' | 'latest'
  /** What goes first where the way from the producer is slow: `control`, then `pose`, then `bulk`. Default: by the kind of payload. */
  readonly priority?: StreamPriority | undefined
  /** Fields that the producer's manifest must have; the others may have any value. Default: none. */
  readonly expected?: Partial<StreamManifest>
  /**
   * When the connection breaks, the stream is opened again from where the reader stood, once the peer is a member and connected again. The subscription ends
   * when the peer has not been a member for 30 s, when its log or its session is over, or when it is cancelled. Default: false, a broken connection ends it.
   */
  readonly resume?: boolean
  /** Aborting it cancels the opening, and later the subscription. Default: none. */
  readonly signal?: AbortSignal | undefined
}

/** Declines every request with `sensor_not_found`. */
export function declineAllStreams(): StreamProvider {
  return () => ({ decline: { kind: 'sensor_not_found' } })
}
