import { AukiError } from '@auki/canonical'

export type RuntimeErrorCode = 'runtime-unavailable' | 'payload-too-large'

/** A command the runtime refuses at once: it has stopped, or the message does not fit its frame (`details`: `actual`, `max`, in bytes). */
export class RuntimeError extends AukiError<RuntimeErrorCode> {
  override readonly name = 'RuntimeError'
}

export type RequestErrorCode = 'open-stream' | 'protocol' | 'timeout' | 'runtime-unavailable'

/**
 * A request to a peer that got no answer.
 *
 * - `open-stream`: no substream; `details.reason` is `unsupported-protocol` or `io`.
 * - `protocol`: the far side closed or sent what is no answer; the `CodecError` is the `cause`.
 * - `timeout`: one phase took longer than `details.durationMs`; `details.phase` is `open`, `write` or `read`.
 * - `runtime-unavailable`: the runtime has stopped.
 */
export class RequestError extends AukiError<RequestErrorCode> {
  override readonly name = 'RequestError'
}

/** A deadline of one phase is over; internal to the runtime, callers see a {@link RequestError}. */
export class DeadlineError extends Error {
  override readonly name = 'DeadlineError'
  readonly phase: string
  readonly durationMs: number

  constructor(phase: string, durationMs: number) {
    super(`${phase} took longer than ${durationMs} ms`)
    this.phase = phase
    this.durationMs = durationMs
  }
}

/** Why a substream was reset by us; what the far side sees is only the reset. */
export class ResetError extends Error {
  override readonly name = 'ResetError'
}

/** Neither of two peers can dial the other. */
export class NoWayError extends Error {
  override readonly name = 'NoWayError'

  constructor(why: string | undefined) {
    const next = 'run one (auki relay), or set relay.serve at a member that can be dialled'
    super(`only reachable through a relay; the cluster has none: ${next}${why === undefined ? '' : ` (${why})`}`)
  }
}

/** @returns the RuntimeError of a command that comes after the stop. */
export function runtimeUnavailable(): RuntimeError {
  return new RuntimeError('runtime-unavailable', 'the network runtime has stopped; create a new one to reach peers again')
}
