import { AukiError, type Json } from '@auki/canonical'
import type { DeadlineError } from '../exchange/exchange-errors.ts'
import type { DeclineReason } from '../protocols/stream-types.ts'

export type OpenStreamErrorCode = 'declined' | 'libp2p' | 'protocol' | 'timeout' | 'manifest-mismatch'

/**
 * A stream that did not open.
 *
 * - `declined`: the producer said no; `details.reason` is its `DeclineReason`.
 * - `libp2p`: no substream: refused, unreachable, or the peer does not speak the protocol.
 * - `protocol`: the request could not be written, or the first reply was neither accept nor decline.
 * - `timeout`: a phase took longer than `details.durationMs`; `details.phase` is `queue` (other streams of this peer have all the places), `open` or
 *   `read`.
 * - `manifest-mismatch`: the producer serves something else than was asked for: `details.field`, `expected`, `found`.
 */
export class OpenStreamError extends AukiError<OpenStreamErrorCode> {
  override readonly name = 'OpenStreamError'
}

export type StreamErrorCode = 'connection-lost' | 'protocol'

/**
 * A stream that broke, thrown by its iteration after everything that was received.
 *
 * - `connection-lost`: the producer, or the way to it, is gone. Ask again, with `fromTimestamp`, for what is missing.
 * - `protocol`: the producer sent what is no entry of this stream; `details.detail` says what.
 */
export class StreamError extends AukiError<StreamErrorCode> {
  override readonly name = 'StreamError'
}

export function declined(peerId: string, resourceId: string, reason: DeclineReason): OpenStreamError {
  const why = reason.kind === 'other' ? reason.detail : reason.kind
  const message = `${peerId} declined to stream "${resourceId}": ${why}; look it up in the peer's catalog and ask again`
  return new OpenStreamError('declined', message, { reason: { ...reason } })
}

export function notOpened(
  code: OpenStreamErrorCode,
  peerId: string,
  resourceId: string,
  why: string,
  details: Record<string, Json>,
  cause: unknown
): OpenStreamError {
  return new OpenStreamError(code, `the stream of "${resourceId}" from ${peerId} did not open: ${why}`, details, { cause })
}

/** We read as many streams of one peer as it serves to us. */
export function noPlace(peerId: string, resourceId: string, max: number, cause: DeadlineError): OpenStreamError {
  const { durationMs, phase } = cause
  const why = `limit ${max} streams per peer, and none of them has ended within ${durationMs} ms; end one, or ask again later`
  return notOpened('timeout', peerId, resourceId, why, { durationMs, phase }, cause)
}

export function manifestMismatch(field: string, expected: Json, found: Json): OpenStreamError {
  const message = `the stream has the ${field} "${found}", asked for was "${expected}"; fetch the catalog again, the log is another one by now`
  return new OpenStreamError('manifest-mismatch', message, { field, expected, found })
}
