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
}

/** A request as it was received: nothing is left to default. */
export type ReceivedStreamRequest = Required<StreamRequest>

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
