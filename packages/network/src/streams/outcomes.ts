/** How a stream ended for its reader. */

import { toError } from '@auki/canonical'
import type { EndReason } from '../protocols/stream-types.ts'
import { StreamError } from './stream-errors.ts'

/** What `ended` resolves to, and what iterating throws then. */
export interface Outcome {
  readonly reason: EndReason
  readonly error?: StreamError
}

/** Of which stream. */
interface Which {
  readonly peerId: string
  readonly resourceId: string
}

/** The producer sent something that does not belong into this stream. */
export function broken({ peerId, resourceId }: Which, cause: Error): Outcome {
  const detail = cause.message
  const message = `the stream of "${resourceId}" from ${peerId} broke its protocol: ${detail}`
  return { reason: { kind: 'protocol', detail }, error: new StreamError('protocol', message, { detail }, { cause }) }
}

/** The connection to the producer was lost, or it closed the stream without giving a reason. */
export function lost(which: Which, cause: Error | undefined): Outcome {
  const why = cause === undefined ? 'the producer closed it without a word' : cause.message
  const remedy = 'ask again, from the timestamp of the last entry'
  const message = `the stream of "${which.resourceId}" from ${which.peerId} was cut: ${why}; ${remedy}`
  return { reason: { kind: 'connection_lost' }, error: new StreamError('connection-lost', message, {}, { cause }) }
}

/** It was not opened again after a break. */
export function notResumed(which: Which, reason: EndReason, cause: unknown): Outcome {
  if (reason.kind === 'connection_lost') return lost(which, toError(cause))
  return reason.kind === 'protocol' ? broken(which, toError(cause)) : { reason }
}
