/** Frames of `/auki/stream/0.2.0`, both ways, broken ones, and requests as tools write them. */
import assert from 'node:assert/strict'
import type { Json } from '@auki/canonical'
import type { ReadFrom } from '@auki/datatypes'
import { encodeFrame, FrameReader, stream } from '@auki/network/protocols'
import { kebab, type VectorCheck } from './runner.ts'
import { bytesOf, camelCased, hexOf } from './wire-fields.ts'

type Fields = { readonly [key: string]: Json }

/** Checks of the kinds `stream_frame`, `stream_frame_error`, `stream_request_decode` and `stream_request_json`. */
export const checks: Record<string, VectorCheck> = {
  stream_frame: ({ input, expected }) => {
    const message = messageOf(input['message'] as Fields)
    assert.equal(hexOf(encodeFrame(stream.encode(message), stream.FRAME_BYTES_MAX)), expected['bytes'])
    if (message.kind === 'entry') assert.equal(stream.encodeEntryFrame(message.entry).map(hexOf).join(''), expected['bytes'])
    assert.deepEqual(decodeFrame(bytesOf(expected['bytes'])), message)
  },
  stream_frame_error: ({ input, expected }) => {
    const { error, ...details } = expected
    assert.throws(() => decodeFrame(bytesOf(input['bytes'])), { name: 'CodecError', code: kebab(String(error)), details })
  },
  stream_request_decode: ({ input, expected }) => {
    assert.deepEqual(decodeFrame(bytesOf(input['bytes'])), { kind: 'request', request: requestOf(expected) })
  },
  stream_request_json: ({ input, expected }) => {
    const request = requestOf(expected)
    assert.deepEqual(stream.decodeRequestJson(String(input['json_text'])), request)
    assert.deepEqual(stream.decodeRequestJson(stream.encodeRequestJson(request)), request)
  }
}

function decodeFrame(bytes: Uint8Array): stream.StreamMessage<stream.ReceivedStreamRequest> {
  const reader = new FrameReader({ capBytes: stream.FRAME_BYTES_MAX, allowEmpty: false })
  reader.push(bytes)
  const payload = reader.next()
  reader.end()
  assert(payload !== undefined, 'no whole frame')
  return stream.decode(payload)
}

function messageOf(message: Fields): stream.StreamMessage {
  const [kind, body] = Object.entries(message)[0] as [stream.StreamMessage['kind'], Fields]
  switch (kind) {
    case 'request':
      return { kind, request: protobufRequestOf(body) }
    case 'accept':
      return { kind, manifest: { ...stream.emptyManifest, ...camelCased(body, (_key, value) => value) } }
    case 'decline':
      return { kind, reason: reasonOf(body) as stream.DeclineReason }
    case 'end_of_stream':
      return { kind, reason: reasonOf(body) as stream.EndOfStream }
    case 'entry': {
      const { timestamp_ns, seq, payload, dropped = '0' } = body
      const counts = { timestampNs: BigInt(timestamp_ns as string), seq: BigInt(seq as string), dropped: BigInt(dropped as string) }
      return { kind, entry: { ...counts, payload: bytesOf(payload) } }
    }
  }
}

/** `{ other: { detail } }` → `{ kind: 'other', detail }`. */
function reasonOf(body: Fields): object {
  const [kind, fields] = Object.entries(body)[0] as [string, Fields]
  return { kind, ...fields }
}

function protobufRequestOf(body: Fields): stream.ReceivedStreamRequest {
  const start = body['from_timestamp'] as Fields | undefined
  const from: ReadFrom = start ? { fromTimestamp: BigInt(start['timestamp_ns'] as string) } : 'from_start' in body ? 'from_start' : 'latest'
  return {
    resourceId: String(body['resource_id']),
    sourcePeerId: String(body['source_peer_id']),
    from,
    keep: body['keep'] === 1 ? 'latest' : 'all'
  }
}

function requestOf(expected: Fields): stream.ReceivedStreamRequest {
  const { source_peer_id, resource_id, from } = expected
  const start = typeof from === 'string' ? (from as ReadFrom) : { fromTimestamp: BigInt((from as Fields)['from_timestamp'] as string) }
  return { resourceId: String(resource_id), sourcePeerId: String(source_peer_id), from: start, keep: 'all' }
}
