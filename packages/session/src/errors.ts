import { AukiError, type Json, reasonOf } from '@auki/canonical'
import { RegistryError, StorageError } from '@auki/registry'

/** The codes of {@link SessionError}. `io`, `registry` and `log`: the storage, the registry or a log failed, see the `cause`. */
export type SessionErrorCode =
  | 'io'
  | 'invalid-id'
  | 'registry'
  | 'duplicate-log'
  | 'materialization'
  | 'sensor-not-registered'
  | 'invalid-manifest'
  | 'log'
  | 'session-ended'

/** What a peer or a session could not do. What a lower layer said is the `cause`. */
export class SessionError extends AukiError<SessionErrorCode> {
  override readonly name = 'SessionError'
}

/**
 * The codes of {@link LogError}. `io`: the storage failed; `payload`: bytes or values that are not what the log holds; `manifest`: none, damaged, or not fitting;
 * `format`: a segment file is damaged; `too-far-ahead`: a timestamp that the log's clock will not show soon; `sealed`: nothing can be appended any more.
 */
export type LogErrorCode = 'io' | 'payload' | 'manifest' | 'format' | 'too-far-ahead' | 'sealed'

/** What is wrong with a log. */
export class LogError extends AukiError<LogErrorCode> {
  override readonly name = 'LogError'
}

/** What storage refused, as a log says it. A path that leads elsewhere stays the StorageError it is. */
export function ioError(cause: unknown, details: Readonly<Record<string, Json>> = {}): LogError | StorageError {
  if (cause instanceof LogError || (cause instanceof StorageError && cause.code === 'invalid-path')) return cause
  return new LogError('io', `io: ${reasonOf(cause)}`, { ...details }, { cause })
}

/** A segment file does not hold what it should, from byte `offset` on. */
export function formatError(path: string, offset: number, reason: string): LogError {
  return new LogError('format', `format: "${path}" can't be read from byte ${offset} on: ${reason}`, { path, offset, reason })
}

/** The reason when bytes are not what was written. */
export const wrongChecksum = 'its bytes do not have the checksum that was written with them'

/** Do `work`; what the layers below throw becomes a SessionError. A path that leads elsewhere stays the StorageError it is. */
export async function asSessionError<T>(work: () => T | Promise<T>): Promise<T> {
  try {
    return await work()
  } catch (error) {
    throw translate(error)
  }
}

function translate(error: unknown): unknown {
  const options = { cause: error }
  if (error instanceof RegistryError) {
    if (error.code === 'invalid-id') return new SessionError('invalid-id', `invalid registry id: ${error.message}`, error.details, options)
    return new SessionError('registry', `registry: ${error.message}`, error.details, options)
  }
  if (error instanceof LogError) return new SessionError('log', `log: ${error.message}`, error.details, options)
  if (error instanceof StorageError && error.code !== 'invalid-path') {
    return new SessionError('io', `io: ${reasonOf(error)}`, error.details, options)
  }
  return error
}
