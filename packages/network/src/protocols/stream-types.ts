/** What the two sides of a stream say to each other (`/auki/stream/0.2.0`). */
import type { ReadFrom } from '@auki/datatypes'

/** Which log to read, from where. */
export interface StreamRequest {
  readonly resourceId: string
  /** Whose log it is; default: empty, the serving peer's own. */
  readonly sourcePeerId?: string
  /** Default: `latest`. */
  readonly from?: ReadFrom
  /** `latest`: of the entries waiting for the transport only the newest is wanted. A wish, which reference peers ignore. Default: `all`. */
  readonly keep?: 'all' | 'latest'
  /** In place of `from`, at a producer that has positions: entries from this position on. Others, reference peers among them, go by `from`. */
  readonly fromPosition?: bigint
  /** Where retention has taken away what was to come next, go on with what is left, and say what is missing. Default: the stream ends. */
  readonly gaps?: boolean
  /** The consumer would confirm what it takes. Default: it does not. */
  readonly confirms?: boolean
  /** What goes first where a connection is slow: `control`, then `pose`, then `bulk`. A wish, which reference peers ignore. Default: by the kind of payload. */
  readonly priority?: StreamPriority
}

/** The order in which streams use a connection that is slow; see {@link StreamRequest.priority}. */
export type StreamPriority = 'control' | 'pose' | 'bulk'

/** A request as it was received: nothing is left to default. */
export type ReceivedStreamRequest = Required<Pick<StreamRequest, 'resourceId' | 'sourcePeerId' | 'from' | 'keep'>> & StreamRequest

/** Names the registry entries that give the log its meaning. What does not apply is empty or 0. */
export interface StreamManifest {
  readonly sensorId: string
  readonly sensorHash: string
  readonly clockId: string
  readonly clockHash: string
  readonly frameId: string
  readonly frameHash: string
  readonly resourceId: string
  readonly payload: string
  readonly fromFrameId: string
  readonly fromFrameHash: string
  readonly toFrameId: string
  readonly toFrameHash: string
  readonly writerMode: string
  /** Hz (u32); 0 = unspecified. */
  readonly expectedRateHz: number
  /** What positions count in, where the producer has them. */
  readonly recording?: string
  /** The position of what will be appended next, as of the answer to the request. */
  readonly position?: bigint
  /** The producer reads confirmations of this stream. */
  readonly confirms?: boolean
}

/** Nothing set; to spread a manifest from. */
export const emptyManifest: StreamManifest = {
  sensorId: '',
  sensorHash: '',
  clockId: '',
  clockHash: '',
  frameId: '',
  frameHash: '',
  resourceId: '',
  payload: '',
  fromFrameId: '',
  fromFrameHash: '',
  toFrameId: '',
  toFrameHash: '',
  writerMode: '',
  expectedRateHz: 0
}

/** One entry of the log. */
export interface StreamEntry {
  /** On the log's clock, ns (i64). */
  readonly timestampNs: bigint
  /** From 0 in every subscription (u64); wraps. */
  readonly seq: bigint
  /** The encoded payload message. */
  readonly payload: Uint8Array
  /** Entries the producer dropped so far (u64). */
  readonly dropped: bigint
  /** Its number in the manifest's `recording`, from 1 (u64), where the producer has positions. */
  readonly position?: bigint
  /** What is missing before it. */
  readonly gap?: StreamGap
}

/** Entries that a reader was to get and that retention took away before. */
export interface StreamGap {
  /** How many (u64); 0: unknown. */
  readonly lost: bigint
  /** On the log's clock, ns (i64): none of them is older. */
  readonly fromNs: bigint
  /** None of them is newer. */
  readonly toNs: bigint
}

/** Why a producer does not serve a request. */
export type DeclineReason =
  | { readonly kind: 'sensor_not_found' | 'sensor_unavailable' | 'producer_shutting_down' }
  | { readonly kind: 'other'; readonly detail: string }

/** Why a producer ended a stream, as it says itself. */
export type EndOfStream =
  | { readonly kind: 'source_ended' | 'producer_shutting_down' | 'session_ended' }
  | { readonly kind: 'producer_error'; readonly detail: string }

/** Why a subscription ended: the producer's word, or what the consumer saw instead. */
export type EndReason =
  | EndOfStream
  | { readonly kind: 'connection_lost' | 'cancelled' }
  | { readonly kind: 'protocol'; readonly detail: string }

/** One frame. `R` is how complete a request is: whoever writes one may leave fields to their defaults. */
export type StreamMessage<R extends StreamRequest = StreamRequest> =
  | { readonly kind: 'request'; readonly request: R }
  | { readonly kind: 'accept'; readonly manifest: StreamManifest }
  | { readonly kind: 'decline'; readonly reason: DeclineReason }
  | { readonly kind: 'entry'; readonly entry: StreamEntry }
  | { readonly kind: 'end_of_stream'; readonly reason: EndOfStream }
