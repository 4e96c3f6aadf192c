/** What we ask of peers: one substream per question, with a deadline on each of its phases, and an end as soon as the caller gives up. */
import { type AukiError, abortable, reasonOf, toError } from '@auki/canonical'
import type { RuntimeEnv } from '../exchange/env.ts'
import { DeadlineError, NoWayError, RequestError, ResetError, RuntimeError } from '../exchange/exchange-errors.ts'
import { readOneFrame } from '../exchange/frames.ts'
import type { Lingering } from '../exchange/lingering.ts'
import type { OpenSubstream, Outgoing } from '../exchange/outgoing.ts'
import { Substream } from '../exchange/substream.ts'
import type { CallOptions } from '../protocols/call-options.ts'
import type { Protocol } from '../protocols/one-shot.ts'
import { substreamLimits } from '../swarm/node-limits.ts'
import { onBytes } from '../swarm/patches/pulse.ts'
import type { Connections } from './connections.ts'

const { maxOutboundStreams, runOnLimitedConnection } = substreamLimits
const outbound = { maxOutboundStreams, runOnLimitedConnection }

/** `heard`: a peer has sent bytes of a protocol. The function throws when there is no connection, or the peer does not speak the protocol. */
export function opener(connections: Connections, heard: (peerId: string, protocol: string) => void): OpenSubstream {
  return async (peerId, protocol, signal) => {
    const connection = connections.best(peerId)
    if (!connection) throw new ResetError('not connected')
    const opening = connection.newStream(protocol, { ...outbound, signal })
    // A substream that opens after the abort must be reset here: no caller gets it any more.
    signal.addEventListener('abort', () => opening.then((stream) => stream.abort(toError(signal.reason))).catch(() => {}), { once: true })
    const stream = await abortable(opening, signal)
    onBytes(stream, () => heard(peerId, protocol))
    return new Substream(stream)
  }
}

/** What every request has; `signal` is the caller's. */
interface Request extends CallOptions {
  readonly protocol: Protocol
  /** Each phase (opening, writing, reading) has this long. */
  readonly phaseMs: number
}

/** One question and how its answer is read. */
export interface Asked<T> extends Request {
  /** Prefix and payload. */
  readonly frame: Uint8Array
  readonly decode: (payload: Uint8Array) => T
  /** Called just before the question is written. */
  readonly onWrite?: (() => void) | undefined
}

export interface RequestsInit {
  readonly env: RuntimeEnv
  readonly outgoing: Outgoing
  readonly lingering: Lingering
}

export class Requests {
  readonly #init: RequestsInit

  constructor(init: RequestsInit) {
    this.#init = init
  }

  /** Asks and waits for the answer. @throws RequestError, or the caller's `signal.reason`. */
  async ask<T>(peerId: string, asked: Asked<T>): Promise<T> {
    const { protocol, frame, decode, onWrite } = asked
    const payload = await this.#over(peerId, asked, async (substream, phase, own) => {
      await phase('write', () => {
        onWrite?.()
        return substream.write(frame, own)
      })
      return phase('read', () => readOneFrame(substream, protocol.frames, own))
    })
    try {
      return decode(payload)
    } catch (cause) {
      const what = `the answer cannot be read: ${reasonOf(cause)}`
      throw requestError({ code: 'protocol', peerId, protocol: protocol.id, what, cause, details: { phase: 'decode' } })
    }
  }

  /** Writes one frame and closes. @throws as {@link ask}. */
  tell(peerId: string, protocol: Protocol, frame: Uint8Array): Promise<void> {
    return this.#over(peerId, { protocol, phaseMs: this.#init.env.limits.pushPhaseMs }, (substream, phase, own) =>
      phase('write', () => substream.write(frame, own))
    )
  }

  /** Does with one substream what takes more than a question and its answer; it is closed afterwards. @throws as {@link ask}. */
  talk<T>(peerId: string, request: Request, talk: (substream: Substream) => Promise<T>): Promise<T> {
    return this.#over(peerId, request, (substream, phase, own) => phase('read', () => abortable(talk(substream), own)))
  }

  async #over<T>(
    peerId: string,
    { protocol: { id }, phaseMs, signal }: Request,
    work: (substream: Substream, phase: Within, own: AbortSignal) => Promise<T>
  ): Promise<T> {
    const { exchange, open, over } = this.#init.outgoing.begin(peerId, signal)
    let substream: Substream | undefined
    let phase = 'open'
    const within: Within = (name, work) => {
      phase = name
      return exchange.within(name, phaseMs, work)
    }
    try {
      substream = await within('open', () => open(id))
      const answer = await work(substream, within, exchange.signal)
      this.#init.lingering.finish(substream)
      return answer
    } catch (thrown) {
      substream?.reset(thrown)
      throw describeFailure(exchange.causeOf(thrown), phase, peerId, id)
    } finally {
      over()
    }
  }
}

/** One phase of an exchange, which has a deadline of its own. */
type Within = <T>(name: string, work: () => Promise<T>) => Promise<T>

function describeFailure(cause: unknown, phase: string, peerId: string, protocol: string): RequestError {
  const failed = { peerId, protocol, cause }
  if (cause instanceof RuntimeError) return requestError({ ...failed, code: 'runtime-unavailable', what: 'the runtime has stopped' })
  if (cause instanceof DeadlineError) {
    const { durationMs } = cause
    return requestError({ ...failed, code: 'timeout', what: `no ${phase} within ${durationMs} ms`, details: { phase, durationMs } })
  }
  const why = reasonOf(cause)
  if (phase !== 'open') return requestError({ ...failed, code: 'protocol', what: `the ${phase} failed: ${why}`, details: { phase } })
  const reason = toError(cause).name === 'UnsupportedProtocolError' ? 'unsupported-protocol' : 'io'
  return requestError({ ...failed, code: 'open-stream', what: `no substream: ${why}`, details: { reason } })
}

/** A question that failed. */
export interface FailedRequest {
  readonly code: RequestError['code']
  readonly peerId: string
  /** Its id. */
  readonly protocol: string
  /** What failed, as people read it. */
  readonly what: string
  readonly cause: unknown
  readonly details?: AukiError['details']
}

export function requestError({ code, peerId, protocol, what, cause, details = {} }: FailedRequest): RequestError {
  const message = `asking ${peerId} over ${protocol} failed: ${what}${cause instanceof NoWayError ? '' : '; ask again later'}`
  return new RequestError(code, message, { ...details, peerId, protocol }, { cause })
}
