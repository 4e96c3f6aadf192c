/** The questions and messages of each protocol, on top of {@link Requests} and the pushes. */

import type { RuntimeEnv } from '../exchange/env.ts'
import { RequestError, RuntimeError } from '../exchange/exchange-errors.ts'
import { CodecError } from '../protocols/codec-errors.ts'
import * as diagnostic from '../protocols/diagnostic.ts'
import { encodeFrame } from '../protocols/frame.ts'
import * as info from '../protocols/info.ts'
import * as join from '../protocols/join.ts'
import * as leave from '../protocols/leave.ts'
import * as membership from '../protocols/membership.ts'
import * as registries from '../protocols/registries.ts'
import * as resources from '../protocols/resources.ts'
import { askRounds } from './clock-rounds.ts'
import type { HeartbeatSource, PeerRuntime } from './peer-runtime.ts'
import { BestEffort, LatestWins } from './push.ts'
import { type Requests, requestError } from './requests.ts'
import { type Wire, wire } from './wire.ts'

interface Cancellable {
  readonly signal?: AbortSignal
}

export class Outbound {
  readonly #env: RuntimeEnv
  readonly #source: HeartbeatSource
  readonly #requests: Requests
  readonly #memberships: LatestWins
  readonly #diagnostics: BestEffort

  constructor(env: RuntimeEnv, source: HeartbeatSource, requests: Requests) {
    this.#env = env
    this.#source = source
    this.#requests = requests
    this.#memberships = new LatestWins(env, (peerId, frame) => requests.tell(peerId, wire.membership, frame))
    this.#diagnostics = new BestEffort(env, (peerId, frame) => requests.tell(peerId, wire.diagnostic, frame))
  }

  readonly join: PeerRuntime['requestJoin'] = (peerId, request, options) =>
    this.#ask(wire.join, peerId, () => join.encodeRequest(request), join.decodeResponse, options, this.#env.limits.joinClientPhaseMs)

  /** Best effort: once it is written, whatever ends it means that we have left, and so does a peer that takes too long. */
  readonly leave: PeerRuntime['requestLeave'] = async (peerId, options) => {
    try {
      await this.#ask(wire.leave, peerId, leave.encodeRequest, leave.decodeResponse, options, this.#env.limits.leaveClientPhaseMs)
    } catch (error) {
      if (!(error instanceof RequestError)) throw error
      if (error.code !== 'timeout' && !(error.code === 'protocol' && error.details['phase'] !== 'write')) throw error
    }
  }

  readonly info: PeerRuntime['requestInfo'] = (peerId, options) =>
    this.#ask(wire.info, peerId, info.encodeRequest, info.decodeResponse, options)

  readonly clock: PeerRuntime['requestClock'] = (peerId, { rounds, signal }) =>
    this.#requests.talk(
      peerId,
      wire.clock,
      this.#env.limits.clockExchangeMs,
      (substream) => askRounds(substream, this.#source, rounds),
      signal
    )

  readonly resources: PeerRuntime['requestResources'] = (peerId, request, options) =>
    this.#ask(wire.resources, peerId, () => resources.encodeRequest(request), resources.decodeResponse, options)

  readonly registryEntry: PeerRuntime['requestRegistryEntry'] = (peerId, request, options) =>
    this.#ask(wire.registries, peerId, () => registries.encodeRequest(request), registries.decodeResponse, options)

  async #ask<T>(
    asked: Wire,
    peerId: string,
    encode: () => Uint8Array,
    decode: (payload: Uint8Array) => T,
    { signal, onWrite }: Cancellable & { readonly onWrite?: () => void } = {},
    phaseMs = this.#env.limits.requestClientPhaseMs
  ): Promise<T> {
    const frame = encoded(peerId, asked, encode)
    return this.#requests.ask(peerId, { wire: asked, phaseMs, frame, decode, onWrite }, signal)
  }

  pushMembership(peerIds: readonly string[], update: membership.MembershipUpdate): void {
    const frame = frameOf(wire.membership, () => membership.encode(update))
    for (const peerId of peerIds) this.#memberships.push(peerId, frame)
  }

  pushDiagnostic(peerIds: readonly string[], message: diagnostic.DiagnosticMessage): void {
    const frame = frameOf(wire.diagnostic, () => diagnostic.encode(message))
    for (const peerId of peerIds) this.#diagnostics.push(peerId, frame)
  }
}

/** The frame of a question. @throws RequestError 'protocol' for what can't be asked: it does not fit, or names an address that is none. */
function encoded(peerId: string, { protocol, rules }: Wire, encode: () => Uint8Array): Uint8Array {
  try {
    return encodeFrame(encode(), rules.capBytes)
  } catch (cause) {
    if (!(cause instanceof CodecError)) throw cause
    throw requestError('protocol', peerId, protocol, cause.message, cause, { phase: 'encode' })
  }
}

/** The frame of a push. @throws RuntimeError 'payload-too-large', judged by what goes on the wire. */
function frameOf({ protocol, rules }: Wire, encode: () => Uint8Array): Uint8Array {
  try {
    return encodeFrame(encode(), rules.capBytes)
  } catch (cause) {
    if (!(cause instanceof CodecError) || cause.code !== 'frame-too-large') throw cause
    throw new RuntimeError('payload-too-large', `a message of ${protocol} does not fit: ${cause.message}`, cause.details, { cause })
  }
}
