/** `/auki/info/0.0.1`: who a member is. InfoRequest → InfoResponse, one round trip; the response wraps a JSON text. */
import type { Json } from '@auki/canonical'
import { InfoRequestSchema, InfoResponseSchema } from '@auki/datatypes/protobuf'
import { decodeJson, decodeJsonText, encodeJson, encodeJsonText } from './json-frame.ts'
import { infoFrameBytesMax, infoValuesMax } from './limits.ts'
import { cleanName, idOf } from './names.ts'
import { question } from './one-shot.ts'
import { decodeMessage, encodeMessage, formOf, type MessageForm } from './proto-frame.ts'

export const PROTOCOL_ID = '/auki/info/0.0.1'
export const FRAME_BYTES_MAX: number = infoFrameBytesMax

export interface ParticipantInfo {
  readonly app: string
  readonly name: string
  readonly sessionId: string
  readonly sessionClockId: string
  readonly sessionClockHash: string
  /** Reading of the session clock when the question was answered, ns (u64). */
  readonly sessionNowNs: bigint
  /** When the peer joined its cluster, ns (u64); `null`: not yet. */
  readonly clusterJoinedAtNs: bigint | null
  /** As the peer says it: who answered is proven by the connection. */
  readonly peerId: string
  readonly appInstance: string
  readonly isManager: boolean
  /** Whom the peer takes for Manager; `peerId` itself when `isManager`. */
  readonly managerPeerId: string
}

/** Zero bytes. */
export function encodeRequest(): Uint8Array {
  return encodeMessage(InfoRequestSchema, {}, FRAME_BYTES_MAX)
}

/** The form the answer must have. @throws CodecError 'decode' */
export function decodeRequest(payload: Uint8Array): { form: MessageForm } {
  const form = formOf(payload)
  if (form === 'json') decodeJson(payload, infoValuesMax)
  else decodeMessage(InfoRequestSchema, payload)
  return { form }
}

/** @throws CodecError 'encode' | 'frame-too-large' */
export function encodeResponse(info: ParticipantInfo, form: MessageForm = 'protobuf'): Uint8Array {
  return encodeEnvelope(encodeJsonText(infoJson(info)), form)
}

/** Reads both forms. @throws CodecError 'decode' */
export function decodeResponse(payload: Uint8Array): ParticipantInfo {
  return infoOf(decodeEnvelope(payload))
}

/** The response around the JSON text of a participant's info. @throws CodecError 'encode' | 'frame-too-large' */
export function encodeEnvelope(participantInfoJson: string, form: MessageForm = 'protobuf'): Uint8Array {
  if (form === 'json') return encodeJson({ participant_info_json: participantInfoJson }, FRAME_BYTES_MAX)
  return encodeMessage(InfoResponseSchema, { participantInfoJson }, FRAME_BYTES_MAX)
}

/** The JSON text in a response of either form. @throws CodecError 'decode' */
export function decodeEnvelope(payload: Uint8Array): string {
  if (formOf(payload) === 'json') return decodeJson(payload, infoValuesMax).string('participant_info_json')
  return decodeMessage(InfoResponseSchema, payload).participantInfoJson
}

/** Who we are; at most 2 s, as all that is asked of members. */
export type InfoHandler = (peerId: string) => ParticipantInfo

/** The protocol as one record. */
export const protocol = question({
  id: PROTOCOL_ID,
  frames: { capBytes: FRAME_BYTES_MAX, allowEmpty: true },
  mayAsk: 'members',
  deadlines: { phase: 'requestClientPhaseMs', read: 'requestServerReadMs', owner: 'requestOwnerMs' },
  decodeRequest,
  encodeAnswer: (info: ParticipantInfo, { form }) => encodeResponse(info, form),
  decodeAnswer: decodeResponse,
  handler: 'info',
  respond: (handle: InfoHandler, peerId) => handle(peerId)
})

function infoJson(info: ParticipantInfo): Json {
  return {
    app: info.app,
    name: info.name,
    session_id: info.sessionId,
    session_clock_id: info.sessionClockId,
    session_clock_hash: info.sessionClockHash,
    session_now_ns: info.sessionNowNs,
    cluster_joined_at_ns: info.clusterJoinedAtNs,
    peer_id: info.peerId,
    app_instance: info.appInstance,
    is_manager: info.isManager,
    manager_peer_id: info.managerPeerId
  }
}

function infoOf(text: string): ParticipantInfo {
  const record = decodeJsonText(text, infoValuesMax)
  return {
    app: record.string('app'),
    name: cleanName(record.string('name')),
    sessionId: record.string('session_id'),
    sessionClockId: record.string('session_clock_id'),
    sessionClockHash: record.string('session_clock_hash'),
    sessionNowNs: record.u64('session_now_ns'),
    clusterJoinedAtNs: record.has('cluster_joined_at_ns') ? record.u64('cluster_joined_at_ns') : null,
    peerId: idOf(record, 'peer_id'),
    appInstance: record.string('app_instance'),
    isManager: record.boolean('is_manager'),
    managerPeerId: record.string('manager_peer_id')
  }
}
