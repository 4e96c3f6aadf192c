/** What we ask of peers: one substream per question, with a deadline on each of its phases, and an end as soon as the caller gives up. */
import { type AukiError, raceAbort, reasonOf, toError } from '@auki/canonical'
import type { RuntimeEnv } from '../exchange/env.ts'
import { DeadlineError, RequestError, ResetError, RuntimeError } from '../exchange/exchange-errors.ts'
import { readOneFrame } from '../exchange/frames.ts'
import type { Lingering } from '../exchange/lingering.ts'
import type { OpenSubstream, Outgoing } from '../exchange/outgoing.ts'
import { Substream } from '../exchange/substream.ts'
import { substreamLimits } from '../swarm/node-limits.ts'
import type { Connections } from './connections.ts'
import type { Wire } from './wire.ts'

const { maxOutboundStreams, runOnLimitedConnection } = substreamLimits
const outbound = { maxOutboundStreams, runOnLimitedConnection }

/** @throws when there is no connection, or the peer does not speak the protocol. */
export function opener(connections: Connections): OpenSubstream {
  return async (peerId, protocol, signal) => {
    const connection = connections.best(peerId)
    if (!connection) throw new ResetError('not connected')
    const opening = connection.newStream(protocol, { ...outbound, signal })
    // A substream that stands after we gave it up is nobody's.
    signal.addEventListener('abort', () => opening.then((stream) => stream.abort(toError(signal.reason))).catch(() => {}), { once: true })
    return new Substream(await raceAbort(opening, signal))
  }
}

/** One kind of question. */
export interface Question<T> {
  readonly wire: Wire
  /** Opening, writing and reading have this long each. */
  readonly phaseMs: number
  /** Prefix and payload. */
  readonly frame: Uint8Array
  readonly decode: (payload: Uint8Array) => T
  /** Just before it is written. */
  readonly onWrite?: (() => void) | undefined
}

export class Requests {
  readonly #env: RuntimeEnv
  readonly #outgoing: Outgoing
  readonly #lingering: Lingering

  constructor(env: RuntimeEnv, outgoing: Outgoing, lingering: Lingering) {
    this.#env = env
    this.#outgoing = outgoing
    this.#lingering = lingering
  }

  /** Asks and waits for the answer. @throws RequestError, or the caller's `signal.reason`. */
  async ask<T>(peerId: string, question: Question<T>, signal?: AbortSignal): Promise<T> {
    const payload = await this.#exchange(peerId, question, signal, (substream, own) => readOneFrame(substream, question.wire.rules, own))
    try {
      return question.decode(payload)
    } catch (cause) {
      throw requestError('protocol', peerId, question.wire.protocol, `the answer cannot be read: ${reasonOf(cause)}`, cause, {
        phase: 'decode'
      })
    }
  }

  /** Writes one frame and closes. @throws as {@link ask}. */
  async tell(peerId: string, wire: Wire, frame: Uint8Array): Promise<void> {
    await this.#exchange(peerId, { wire, frame, phaseMs: this.#env.limits.pushPhaseMs }, undefined, undefined)
  }

  #exchange(
    peerId: string,
    { wire: { protocol }, frame, phaseMs, onWrite }: Omit<Question<unknown>, 'decode'>,
    signal: AbortSignal | undefined,
    read: ((substream: Substream, signal: AbortSignal) => Promise<Uint8Array>) | undefined
  ): Promise<Uint8Array> {
    return this.#over(peerId, { protocol, phaseMs, signal }, async (opened, phase, own) => {
      await phase('write', () => {
        onWrite?.()
        return opened.write(frame, own)
      })
      return read ? phase('read', () => read(opened, own)) : new Uint8Array(0)
    })
  }

  /** Does with one substream what takes more than a question and its answer; it is closed afterwards. @throws as {@link ask}. */
  talk<T>(
    peerId: string,
    { protocol }: Wire,
    talkMs: number,
    talk: (substream: Substream) => Promise<T>,
    signal?: AbortSignal
  ): Promise<T> {
    return this.#over(peerId, { protocol, phaseMs: talkMs, signal }, (opened, phase, own) =>
      phase('read', () => raceAbort(talk(opened), own))
    )
  }

  async #over<T>(
    peerId: string,
    { protocol, phaseMs, signal }: { readonly protocol: string; readonly phaseMs: number; readonly signal: AbortSignal | undefined },
    work: (opened: Substream, phase: Within, own: AbortSignal) => Promise<T>
  ): Promise<T> {
    const { exchange, open, over } = this.#outgoing.begin(peerId, signal)
    let substream: Substream | undefined
    let phase = 'open'
    const within: Within = (name, work) => {
      phase = name
      return exchange.within(name, phaseMs, work)
    }
    try {
      substream = await within('open', () => open(protocol))
      const answer = await work(substream, within, exchange.signal)
      this.#lingering.finish(substream)
      return answer
    } catch (thrown) {
      substream?.reset(thrown)
      const cause = exchange.signal.aborted ? exchange.signal.reason : thrown
      if (signal?.aborted && cause === signal.reason) throw cause
      throw describeFailure(cause, phase, peerId, protocol)
    } finally {
      over()
    }
  }
}

/** One phase of an exchange, which has a deadline of its own. */
type Within = <T>(name: string, work: () => Promise<T>) => Promise<T>

function describeFailure(cause: unknown, phase: string, peerId: string, protocol: string): RequestError {
  if (cause instanceof RuntimeError) return requestError('runtime-unavailable', peerId, protocol, 'the runtime has stopped', cause)
  if (cause instanceof DeadlineError) {
    const { durationMs } = cause
    return requestError('timeout', peerId, protocol, `no ${phase} within ${durationMs} ms`, cause, { phase, durationMs })
  }
  if (phase !== 'open') return requestError('protocol', peerId, protocol, `the ${phase} failed: ${reasonOf(cause)}`, cause, { phase })
  const reason = toError(cause).name === 'UnsupportedProtocolError' ? 'unsupported-protocol' : 'io'
  return requestError('open-stream', peerId, protocol, `no substream: ${reasonOf(cause)}`, cause, { reason })
}

/** @returns the RequestError of a question that failed at `what`. */
export function requestError(
  code: RequestError['code'],
  peerId: string,
  protocol: string,
  what: string,
  cause: unknown,
  details: AukiError['details'] = {}
): RequestError {
  return new RequestError(
    code,
    `asking ${peerId} over ${protocol} failed: ${what}; ask again later`,
    { ...details, peerId, protocol },
    { cause }
  )
}
