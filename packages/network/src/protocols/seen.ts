/**
 * `/auki/seen/0.0.1`: does anybody see a member that its Manager does not hear? One round trip, JSON.
 *
 *   {"suspect": peer id} → {"seen": bool}    the Manager asks a witness
 *   {"cluster": name}    → {"here": bool}    the witness asks the suspect
 */
import { isPeerId } from '@auki/identity'
import { decodeError } from './codec-errors.ts'
import { decodeJson, encodeJson } from './json-frame.ts'
import { seenFrameBytesMax, seenValuesMax } from './limits.ts'
import { question } from './one-shot.ts'

export const PROTOCOL_ID = '/auki/seen/0.0.1'
export const FRAME_BYTES_MAX: number = seenFrameBytesMax

/** `suspect`: do you see that peer? `cluster`: are you in that cluster, and know it? */
export type SeenRequest = { readonly suspect: string } | { readonly cluster: string }

/** @throws CodecError 'encode' | 'frame-too-large' */
export function encodeRequest(request: SeenRequest): Uint8Array {
  return encodeJson('suspect' in request ? { suspect: request.suspect } : { cluster: request.cluster }, FRAME_BYTES_MAX)
}

/** One question, not both. @throws CodecError 'empty-frame' | 'decode' */
export function decodeRequest(payload: Uint8Array): SeenRequest {
  const record = decodeJson(payload, seenValuesMax)
  if (record.has('suspect') === record.has('cluster')) throw decodeError('it has to have either "suspect" or "cluster"')
  if (record.has('cluster')) return { cluster: record.string('cluster') }
  const suspect = record.string('suspect')
  if (!isPeerId(suspect)) throw decodeError('"suspect" is not a peer id')
  return { suspect }
}

/** @throws CodecError 'encode' */
export function encodeResponse(yes: boolean, request: SeenRequest): Uint8Array {
  return encodeJson('suspect' in request ? { seen: yes } : { here: yes }, FRAME_BYTES_MAX)
}

/** The answer to either question. @throws CodecError 'empty-frame' | 'decode' */
export function decodeResponse(payload: Uint8Array): boolean {
  const record = decodeJson(payload, seenValuesMax)
  return record.boolean(record.has('seen') ? 'seen' : 'here')
}

/** Whether it is so. Takes 1 s at most, then `signal` aborts and the answer is no. */
export type SeenHandler = (peerId: string, request: SeenRequest, signal: AbortSignal) => boolean | Promise<boolean>

/** The protocol as one record. */
export const protocol = question({
  id: PROTOCOL_ID,
  frames: { capBytes: FRAME_BYTES_MAX, allowEmpty: false },
  mayAsk: 'members',
  deadlines: { phase: 'seenMs', read: 'seenMs', owner: 'seenMs' },
  encodeRequest,
  decodeRequest,
  encodeAnswer: encodeResponse,
  decodeAnswer: decodeResponse,
  handler: 'seen',
  respond: (handle: SeenHandler, peerId, request, signal) => handle(peerId, request, signal),
  fallback: () => false
})
