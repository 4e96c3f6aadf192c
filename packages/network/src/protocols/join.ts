/** `/auki/join/0.0.1`: a joiner asks the Manager to be admitted. JoinRequest → JoinResponse, one round trip. */
import { assertNever, type Json } from '@auki/canonical'
import { JoinRequestSchema, JoinResponseSchema } from '@auki/datatypes/protobuf'
import { CodecError, decodeError } from './codec-errors.ts'
import { decodeJson, encodeJson, type JsonRecord } from './json-frame.ts'
import { instanceCharsMax, joinFrameBytesMax, joinJsonBytesMax, joinMultiaddrsMax, joinRecordsMax, joinValuesMax } from './limits.ts'
import { canonicalMultiaddr } from './multiaddrs.ts'
import { cleanName } from './names.ts'
import { question } from './one-shot.ts'
import { decodeMessage, encodeMessage, formOf, type MessageForm, withoutRepeats } from './proto-frame.ts'

export const PROTOCOL_ID = '/auki/join/0.0.1'
export const FRAME_BYTES_MAX: number = joinFrameBytesMax

/** Who asks is not in the message: the connection's handshake proves it. */
export interface JoinRequest {
  /** Where the joiner can be dialled. */
  readonly multiaddrs: readonly string[]
  /** The full value of an HTTP-style Authorization header; empty: none. */
  readonly authorization: string
  /** Join to look, never become Manager. */
  readonly observer: boolean
  /** Tells two processes of one identity apart; reference peers do not say. */
  readonly instance?: string
  /** What others call it, as people may see it: at most 128 characters, none of them invisible. Nothing proves it. Missing: it has none. */
  readonly name?: string
}

export type JoinResponse =
  /** `membershipJson`: the JSON text of the whole membership document; `successorToken`: opaque, empty in v1. */
  | { readonly kind: 'accept'; readonly membershipJson: string; readonly successorToken: Uint8Array }
  | { readonly kind: 'reject'; readonly reason: string }

/** Writes the first 16 addresses: no more are read. @throws CodecError 'invalid-multiaddr' | 'encode' | 'frame-too-large' */
export function encodeRequest(request: JoinRequest): Uint8Array {
  const { multiaddrs, name = '' } = request
  return encodeMessage(JoinRequestSchema, { ...request, multiaddrs: addressesOf(multiaddrs), name: cleanName(name) }, FRAME_BYTES_MAX)
}

/** The request, its addresses in canonical text, its name cleaned and cut, and the form the answer must have. @throws CodecError 'invalid-multiaddr' | 'decode' */
export function decodeRequest(payload: Uint8Array): { request: JoinRequest; form: MessageForm } {
  const form = formOf(payload)
  if (form === 'json') {
    if (payload.length > joinJsonBytesMax)
      throw decodeError(`its JSON form has ${payload.length} bytes, at most ${joinJsonBytesMax} are read`)
    const multiaddrs = decodeJson(payload, joinValuesMax).strings('multiaddrs')
    return { request: { multiaddrs: addressesOf(multiaddrs), authorization: '', observer: false }, form }
  }
  const bounded = withoutRepeats(payload, joinMultiaddrsMax, joinRecordsMax)
  const { multiaddrs, authorization, observer, instance, name } = decodeMessage(JoinRequestSchema, bounded)
  const shown = cleanName(name)
  const said = {
    ...(instance !== '' && instance.length <= instanceCharsMax && { instance }),
    ...(shown !== '' && { name: shown })
  }
  return { request: { multiaddrs: addressesOf(multiaddrs), authorization, observer, ...said }, form }
}

/** @throws CodecError 'encode' | 'frame-too-large' */
export function encodeResponse(response: JoinResponse, form: MessageForm = 'protobuf'): Uint8Array {
  if (form === 'json') return encodeJson(responseJson(response), FRAME_BYTES_MAX)
  switch (response.kind) {
    case 'accept': {
      const { membershipJson, successorToken } = response
      return encodeMessage(JoinResponseSchema, { kind: { case: 'accept', value: { membershipJson, successorToken } } }, FRAME_BYTES_MAX)
    }
    case 'reject':
      return encodeMessage(JoinResponseSchema, { kind: { case: 'reject', value: { reason: response.reason } } }, FRAME_BYTES_MAX)
    default:
      return assertNever(response)
  }
}

/** Reads both forms. @throws CodecError 'missing-variant' | 'decode' */
export function decodeResponse(payload: Uint8Array): JoinResponse {
  if (formOf(payload) === 'json') return responseOfJson(decodeJson(payload, joinValuesMax))
  const { kind } = decodeMessage(JoinResponseSchema, payload)
  switch (kind.case) {
    case 'accept':
      return { kind: 'accept', membershipJson: kind.value.membershipJson, successorToken: kind.value.successorToken }
    case 'reject':
      return { kind: 'reject', reason: kind.value.reason }
    case undefined:
      throw new CodecError('missing-variant', 'the answer to a join is neither accept nor reject; the Manager must send one of them')
    default:
      return assertNever(kind)
  }
}

/** The owner's decision, at most 10 s; `signal` aborts when that is over or the joiner is gone, and a later answer has no effect. */
export type JoinHandler = (peerId: string, request: JoinRequest, signal: AbortSignal) => Promise<JoinResponse>

/** The protocol as one record. */
export const protocol = question({
  id: PROTOCOL_ID,
  frames: { capBytes: FRAME_BYTES_MAX, allowEmpty: true },
  mayAsk: 'anybody',
  deadlines: { phase: 'joinClientPhaseMs', read: 'joinServerReadMs', owner: 'joinOwnerMs' },
  encodeRequest,
  decodeRequest,
  encodeAnswer: (response: JoinResponse, { form }) => encodeResponse(response, form),
  decodeAnswer: decodeResponse,
  handler: 'join',
  respond: (handle: JoinHandler, peerId, { request }, signal) => handle(peerId, request, signal),
  fallback: (why, ownerMs): JoinResponse => ({
    kind: 'reject',
    reason: why === 'timed-out' ? `join handler timed out after ${ownerMs / 1000}s` : 'join handler dropped without replying'
  }),
  closesOn: 'invalid-multiaddr',
  restartsGrace: true
})

function addressesOf(multiaddrs: readonly string[]): string[] {
  return multiaddrs.slice(0, joinMultiaddrsMax).map(canonicalMultiaddr)
}

function responseJson(response: JoinResponse): Json {
  switch (response.kind) {
    case 'accept':
      return { kind: 'accept', membership_json: response.membershipJson, successor_token: [...response.successorToken] }
    case 'reject':
      return { kind: 'reject', reason: response.reason }
    default:
      return assertNever(response)
  }
}

function responseOfJson(record: JsonRecord): JoinResponse {
  const kind = record.oneOf('kind', ['accept', 'reject'])
  if (kind === 'reject') return { kind, reason: record.string('reason') }
  const successorToken = record.has('successor_token') ? Uint8Array.from(record.bytes('successor_token')) : new Uint8Array(0)
  return { kind, membershipJson: record.string('membership_json'), successorToken }
}
