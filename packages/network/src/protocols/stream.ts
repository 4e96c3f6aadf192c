/** `/auki/stream/0.2.0`: the envelope of every frame between a consumer and a producer. */
import { assertNever } from '@auki/canonical'
import { StreamMessageSchema } from '@auki/datatypes/protobuf'
import { emptyFrame } from './codec-errors.ts'
import { decodeJsonText, encodeJsonText } from './json-frame.ts'
import { envelopeValuesMax, streamFrameBytesMax } from './limits.ts'
import type { Protocol } from './one-shot.ts'
import { decodeMessage, encodeMessage } from './proto-frame.ts'
import { entryOf } from './stream-entry-read.ts'
import { declineOf, endOf, manifestOf, missingVariant, requestOf, variantOf } from './stream-messages.ts'
import type { ReceivedStreamRequest, StreamMessage, StreamRequest } from './stream-types.ts'

export { encodeEntryFrame } from './stream-entry.ts'
export {
  type DeclineReason,
  type EndOfStream,
  type EndReason,
  emptyManifest,
  type ReceivedStreamRequest,
  type StreamEntry,
  type StreamGap,
  type StreamManifest,
  type StreamMessage,
  type StreamPriority,
  type StreamRequest
} from './stream-types.ts'

export const PROTOCOL_ID = '/auki/stream/0.2.0'
export const FRAME_BYTES_MAX: number = streamFrameBytesMax

/** The protocol beside what is said over it: any number of frames. */
export const protocol: Protocol = { id: PROTOCOL_ID, frames: { capBytes: FRAME_BYTES_MAX, allowEmpty: false }, mayAsk: 'members' }

/** For many or large entries `encodeEntryFrame` is the faster way. @throws CodecError 'encode' | 'frame-too-large' */
export function encode(message: StreamMessage): Uint8Array {
  return encodeMessage(StreamMessageSchema, { variant: variantOf(message) }, FRAME_BYTES_MAX)
}

/** An entry's payload is a view into `payload`. @throws CodecError 'empty-frame' | 'missing-variant' | 'decode' */
export function decode(payload: Uint8Array): StreamMessage<ReceivedStreamRequest> {
  if (payload.length === 0) throw emptyFrame()
  const { variant } = decodeMessage(StreamMessageSchema, payload)
  switch (variant.case) {
    case 'request':
      return { kind: 'request', request: requestOf(variant.value) }
    case 'accept':
      return { kind: 'accept', manifest: manifestOf(variant.value) }
    case 'decline':
      return { kind: 'decline', reason: declineOf(variant.value) }
    case 'entry': {
      const { timestampNs, seq, payload, dropped, position, lost, lostFromNs, lostToNs } = variant.value
      return { kind: 'entry', entry: entryOf(timestampNs, seq, payload, dropped, position, lost, lostFromNs, lostToNs) }
    }
    case 'endOfStream':
      return { kind: 'end_of_stream', reason: endOf(variant.value) }
    case undefined:
      throw missingVariant('the stream message')
    default:
      return assertNever(variant)
  }
}

/** The JSON form of a request, for tools; it has none of our extensions. */
export function encodeRequestJson(request: StreamRequest): string {
  const { resourceId, sourcePeerId = '', from = 'latest' } = request
  const start = typeof from === 'string' ? from : { from_timestamp: from.fromTimestamp }
  return encodeJsonText({ source_peer_id: sourcePeerId, resource_id: resourceId, from: start })
}

/** Reads `{"source_peer_id","resource_id","from"}`; `from` defaults to `latest`. @throws CodecError 'decode' */
export function decodeRequestJson(text: string): ReceivedStreamRequest {
  const record = decodeJsonText(text, envelopeValuesMax)
  const sourcePeerId = record.has('source_peer_id') ? record.string('source_peer_id') : ''
  const request = { resourceId: record.string('resource_id'), sourcePeerId, keep: 'all' as const }
  if (!record.has('from')) return { ...request, from: 'latest' }
  if (record.text('from') !== undefined) return { ...request, from: record.oneOf('from', ['latest', 'from_start']) }
  return { ...request, from: { fromTimestamp: record.record('from').i64('from_timestamp') } }
}
