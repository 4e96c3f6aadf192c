/** `/auki/membership/0.0.1`: the Manager pushes the whole membership document to each connected member. One frame, no reply. */
import { decodeJson, encodeJson } from './json-frame.ts'
import { envelopeValuesMax, membershipFrameBytesMax } from './limits.ts'
import { push } from './one-shot.ts'

export const PROTOCOL_ID = '/auki/membership/0.0.1'
export const FRAME_BYTES_MAX: number = membershipFrameBytesMax

export interface MembershipUpdate {
  /** Who wrote the document; only the cluster layer judges whether that is the Manager. */
  readonly managerPeerId: string
  /** The JSON text of the whole document. */
  readonly membershipJson: string
  /** Who shall be Manager next: a hint to look at Discovery now. */
  readonly handoverTo?: string
}

/** @throws CodecError 'encode' | 'frame-too-large' */
export function encode(update: MembershipUpdate): Uint8Array {
  const { managerPeerId, membershipJson, handoverTo } = update
  const hint = handoverTo === undefined ? {} : { handover_to: handoverTo }
  return encodeJson({ manager_peer_id: managerPeerId, membership_json: membershipJson, ...hint }, FRAME_BYTES_MAX)
}

/** @throws CodecError 'empty-frame' | 'decode' */
export function decode(payload: Uint8Array): MembershipUpdate {
  const record = decodeJson(payload, envelopeValuesMax)
  return {
    managerPeerId: record.string('manager_peer_id'),
    membershipJson: record.string('membership_json'),
    ...(record.has('handover_to') ? { handoverTo: record.string('handover_to') } : {})
  }
}

/** The protocol as one record. */
export const protocol = push({
  id: PROTOCOL_ID,
  frames: { capBytes: FRAME_BYTES_MAX, allowEmpty: false },
  mayAsk: 'members',
  deadlines: { read: 'pushServerReadMs' },
  encode,
  decode,
  handler: 'membership',
  to: 'some',
  keep: 'newest'
})
