/** `/auki/registries/0.2.0`: one exact registry entry of a member. One round trip. */
import type { RegistryKind } from '@auki/registry'
import { decodeJson, encodeJson } from './json-frame.ts'
import { envelopeValuesMax, registriesFrameBytesMax } from './limits.ts'
import { question } from './one-shot.ts'

export const PROTOCOL_ID = '/auki/registries/0.2.0'
export const FRAME_BYTES_MAX: number = registriesFrameBytesMax

const kinds: readonly RegistryKind[] = ['sensor', 'clock', 'frame', 'detector']

/** Names an entry of the answering peer. */
export interface RegistryRequest {
  readonly kind: RegistryKind
  readonly id: string
  /** XXH3-128, 32 lower-case hex digits. */
  readonly hash: string
}

/** An entry as it was sent: whoever asked checks its hash before decoding it. */
export interface RegistryEnvelope extends RegistryRequest {
  /** The entry's canonical JSON; its UTF-8 bytes are what `hash` is of. */
  readonly canonicalJson: string
}

/** @throws CodecError 'encode' | 'frame-too-large' */
export function encodeRequest({ kind, id, hash }: RegistryRequest): Uint8Array {
  return encodeJson({ kind, id, hash }, FRAME_BYTES_MAX)
}

/** @throws CodecError 'empty-frame' | 'decode' */
export function decodeRequest(payload: Uint8Array): RegistryRequest {
  const record = decodeJson(payload, envelopeValuesMax)
  return { kind: record.oneOf('kind', kinds), id: record.string('id'), hash: record.string('hash') }
}

/** `null`: this exact entry is not known here. @throws CodecError 'encode' | 'frame-too-large' */
export function encodeResponse(entry: RegistryEnvelope | null): Uint8Array {
  if (entry === null) return encodeJson({ entry: null }, FRAME_BYTES_MAX)
  const { kind, id, hash, canonicalJson } = entry
  return encodeJson({ entry: { kind, id, hash, canonical_json: canonicalJson } }, FRAME_BYTES_MAX)
}

/** @throws CodecError 'empty-frame' | 'decode' */
export function decodeResponse(payload: Uint8Array): RegistryEnvelope | null {
  const response = decodeJson(payload, envelopeValuesMax)
  if (!response.has('entry')) return null
  const entry = response.record('entry')
  return {
    kind: entry.oneOf('kind', kinds),
    id: entry.string('id'),
    hash: entry.string('hash'),
    canonicalJson: entry.string('canonical_json')
  }
}

/** The entry, or `null` where this exact one is not known. */
export type RegistryHandler = (peerId: string, request: RegistryRequest) => Promise<RegistryEnvelope | null>

/** The protocol as one record. */
export const protocol = question({
  id: PROTOCOL_ID,
  frames: { capBytes: FRAME_BYTES_MAX, allowEmpty: false },
  mayAsk: 'members',
  deadlines: { phase: 'requestClientPhaseMs', read: 'requestServerReadMs', owner: 'requestOwnerMs' },
  encodeRequest,
  decodeRequest,
  encodeAnswer: encodeResponse,
  decodeAnswer: decodeResponse,
  handler: 'registry',
  respond: (handle: RegistryHandler, peerId, request) => handle(peerId, request)
})
