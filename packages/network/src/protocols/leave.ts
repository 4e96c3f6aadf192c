/** `/auki/leave/0.0.1`: a member tells the Manager that it goes. Both messages are empty; the answer is an acknowledgement. */
import { LeaveRequestSchema, LeaveResponseSchema } from '@auki/datatypes/protobuf'
import { leaveFrameBytesMax } from './limits.ts'
import { question } from './one-shot.ts'
import { decodeMessage, encodeMessage } from './proto-frame.ts'

export const PROTOCOL_ID = '/auki/leave/0.0.1'
export const FRAME_BYTES_MAX: number = leaveFrameBytesMax

/** Zero bytes. */
export function encodeRequest(): Uint8Array {
  return encodeMessage(LeaveRequestSchema, {}, FRAME_BYTES_MAX)
}

/** @throws CodecError 'decode' */
export function decodeRequest(payload: Uint8Array): void {
  decodeMessage(LeaveRequestSchema, payload)
}

/** Zero bytes. */
export function encodeResponse(): Uint8Array {
  return encodeMessage(LeaveResponseSchema, {}, FRAME_BYTES_MAX)
}

/** @throws CodecError 'decode' */
export function decodeResponse(payload: Uint8Array): void {
  decodeMessage(LeaveResponseSchema, payload)
}

/** `true`: acknowledge, then `leaveAcknowledged` is called. `false`, or nothing within 10 s: close without an answer. */
export type LeaveHandler = (peerId: string) => Promise<boolean>

/** The protocol as one record. A member has left once its request is written, whatever becomes of the answer. */
export const protocol = question({
  id: PROTOCOL_ID,
  frames: { capBytes: FRAME_BYTES_MAX, allowEmpty: true },
  mayAsk: 'anybody',
  deadlines: { phase: 'leaveClientPhaseMs', read: 'leaveServerReadMs', owner: 'leaveOwnerMs' },
  decodeRequest,
  encodeAnswer: (_acknowledged: true) => encodeResponse(),
  decodeAnswer: decodeResponse,
  handler: 'leave',
  respond: async (handle: LeaveHandler, peerId) => (await handle(peerId)) || undefined,
  bestEffort: true,
  afterwards: 'leaveAcknowledged'
})
