/** `/auki/resources/0.2.0`: what logs a member has. One round trip. */
import type { Json } from '@auki/canonical'
import type { ResourceEntry, ResourceVariant } from '@auki/session'
import { CodecError, decodeError } from './codec-errors.ts'
import { decodeJson, encodeJson } from './json-frame.ts'
import { catalogRowsMax, catalogValuesMax, resourcesFrameBytesMax } from './limits.ts'
import { question } from './one-shot.ts'
import { decodeRow, encodeRow, resourceVariants } from './resource-rows.ts'

export { decodeRow, encodeRow } from './resource-rows.ts'

export const PROTOCOL_ID = '/auki/resources/0.2.0'
export const FRAME_BYTES_MAX: number = resourcesFrameBytesMax

/** Which rows are asked for. */
export interface ResourcesRequest {
  /** Not given: all. On the asking side an empty list is not sent, so it asks for all, too; on the answering side it asks for none. */
  readonly variants?: readonly ResourceVariant[]
}

export interface ResourcesResponse {
  /** In the producer's order. */
  readonly resources: ResourceEntry[]
  /** Rows that are malformed or of a kind we do not know; they are left out. */
  readonly skippedRows: number
}

/** @throws CodecError 'encode' | 'frame-too-large' */
export function encodeRequest(request: ResourcesRequest): Uint8Array {
  const { variants = [] } = request
  return encodeJson(variants.length === 0 ? {} : { variants: [...variants] }, FRAME_BYTES_MAX)
}

/**
 * Filter values we do not know are ignored; a filter of nothing else yields `variants: []`, which no row matches.
 *
 * @throws CodecError 'empty-frame' | 'decode'
 */
export function decodeRequest(payload: Uint8Array): ResourcesRequest {
  const record = decodeJson(payload, catalogValuesMax)
  if (!record.has('variants')) return {}
  const asked = new Set(record.strings('variants'))
  return asked.size === 0 ? {} : { variants: resourceVariants.filter((variant) => asked.has(variant)) }
}

/** @throws CodecError 'encode' | 'frame-too-large' */
export function encodeResponse(resources: readonly ResourceEntry[]): Uint8Array {
  return encodeJson({ resources: resources.map(encodeRow) }, FRAME_BYTES_MAX)
}

/** Row by row: a bad one costs only itself. @throws CodecError 'empty-frame' | 'decode', only for a broken envelope. */
export function decodeResponse(payload: Uint8Array): ResourcesResponse {
  const rows = decodeJson(payload, catalogValuesMax).array('resources')
  if (rows.length > catalogRowsMax) throw decodeError(`${rows.length} rows, at most ${catalogRowsMax} are read`)
  const resources: ResourceEntry[] = []
  for (const row of rows) {
    if (!claimsVariant(row)) continue
    try {
      resources.push(decodeRow(row))
    } catch (error) {
      if (!(error instanceof CodecError)) throw error
    }
  }
  return { resources, skippedRows: rows.length - resources.length }
}

/** The rows that were asked for. */
export type ResourcesHandler = (peerId: string, request: ResourcesRequest) => ResourceEntry[]

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
  handler: 'resources',
  respond: (handle: ResourcesHandler, peerId, request) => handle(peerId, request)
})

// Throwing is slow, and a hostile frame has room for half a million rows: what names no variant we know is skipped without it.
function claimsVariant(row: Json): boolean {
  if (typeof row !== 'object' || row === null || Array.isArray(row)) return false
  return resourceVariants.some((variant) => variant === row['variant'])
}
