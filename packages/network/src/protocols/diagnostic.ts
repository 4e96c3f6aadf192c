/** `/auki/diagnostic/0.0.1`: an app's own message to every connected member. One frame, no reply. */
import { CodecError } from './codec-errors.ts'
import { decodeJson, encodeJson } from './json-frame.ts'
import { diagnosticFrameBytesMax } from './limits.ts'
import { push } from './one-shot.ts'

export const PROTOCOL_ID = '/auki/diagnostic/0.0.1'
export const FRAME_BYTES_MAX: number = diagnosticFrameBytesMax

export interface DiagnosticMessage {
  readonly topic: string
  /** Opaque to us: its schema belongs to the app. */
  readonly payloadJson: string
}

/** @throws CodecError 'json' | 'frame-too-large', the latter counted after escaping. */
export function encode(message: DiagnosticMessage): Uint8Array {
  return asJsonError(() => encodeJson({ topic: message.topic, payload_json: message.payloadJson }, FRAME_BYTES_MAX))
}

/** @throws CodecError 'empty-frame' | 'json' */
export function decode(payload: Uint8Array): DiagnosticMessage {
  return asJsonError(() => {
    const record = decodeJson(payload, FRAME_BYTES_MAX)
    return { topic: record.string('topic'), payloadJson: record.string('payload_json') }
  })
}

// This protocol names both of its JSON failures `json`.
function asJsonError<T>(work: () => T): T {
  try {
    return work()
  } catch (error) {
    if (!(error instanceof CodecError) || (error.code !== 'encode' && error.code !== 'decode')) throw error
    throw new CodecError('json', error.message, error.details, { cause: error.cause })
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
  handler: 'diagnostic',
  to: 'all',
  keep: 'all'
})
