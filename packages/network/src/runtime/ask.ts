/** What we ask of peers and tell them: a function for each one-shot protocol, made from its record. */

import type { RuntimeEnv } from '../exchange/env.ts'
import { RequestError, RuntimeError } from '../exchange/exchange-errors.ts'
import * as clock from '../protocols/clock.ts'
import { CodecError } from '../protocols/codec-errors.ts'
import { encodeFrame } from '../protocols/frame.ts'
import type { Protocol, Push, Question } from '../protocols/one-shot.ts'
import { type AskOptions, type OneShots, pushes, questions } from '../protocols/one-shots.ts'
import { askRounds } from './clock-rounds.ts'
import type { HeartbeatSource, PeerRuntime } from './peer-runtime.ts'
import { BestEffort, LatestWins } from './push.ts'
import { type Requests, requestError } from './requests.ts'

export interface AskInit {
  readonly env: RuntimeEnv
  readonly requests: Requests
  readonly source: HeartbeatSource
  /** Those of the peers, or of all members, that are connected members now. @throws RuntimeError 'runtime-unavailable' */
  readonly reachable: (peerIds?: readonly string[]) => readonly string[]
}

type AnyQuestion = Question<string, unknown, unknown, unknown, unknown, unknown>
type AnyPush = Push<string, unknown, 'some' | 'all'>

export function asks(init: AskInit): OneShots & Pick<PeerRuntime, 'requestClock'> {
  const { env, requests, source } = init
  const asked = Object.entries<AnyQuestion>(questions).map(([name, question]) => [name, askOf(init, question)])
  const sent = Object.entries<AnyPush>(pushes).map(([name, push]) => [name, sendOf(init, push)])
  return {
    ...(Object.fromEntries([...asked, ...sent]) as OneShots),
    requestClock: (peerId, { rounds, signal }) =>
      requests.talk(peerId, { protocol: clock.protocol, phaseMs: env.limits.clockExchangeMs, signal }, (substream) =>
        askRounds(substream, source, { rounds, env })
      )
  }
}

function askOf({ env, requests }: AskInit, question: AnyQuestion) {
  const ask = async (peerId: string, request: unknown, { signal, onWrite }: AskOptions = {}): Promise<unknown> => {
    const frame = questionFrame(peerId, question, request)
    const phaseMs = env.limits[question.deadlines.phase]
    const decode = (payload: Uint8Array) => question.decodeAnswer(payload)
    const asking = requests.ask(peerId, { protocol: question, phaseMs, frame, decode, onWrite, signal })
    return question.bestEffort === true ? asking.catch(failUnlessWritten) : asking
  }
  if (question.encodeRequest !== undefined) return ask
  return (peerId: string, options?: AskOptions) => ask(peerId, undefined, options)
}

/** Best effort: once it is written, whatever ends it counts as an answer, and so does a peer that takes too long. */
function failUnlessWritten(error: unknown): void {
  if (!(error instanceof RequestError)) throw error
  if (error.code !== 'timeout' && !(error.code === 'protocol' && error.details['phase'] !== 'write')) throw error
}

function sendOf({ env, requests, reachable }: AskInit, push: AnyPush) {
  const send = (peerId: string, frame: Uint8Array) => requests.tell(peerId, push, frame)
  const queue = push.keep === 'newest' ? new LatestWins(env, send) : new BestEffort(env, send)
  const sendTo = (peerIds: readonly string[], message: unknown): void => {
    const frame = pushFrame(push, () => push.encode(message))
    for (const peerId of peerIds) queue.push(peerId, frame)
  }
  if (push.to === 'all') return (message: unknown) => sendTo(reachable(), message)
  return (peerIds: readonly string[], message: unknown) => sendTo(reachable(peerIds), message)
}

/** The frame of a question. @throws RequestError 'protocol' for what can't be asked: it does not fit, or names an address that is none. */
function questionFrame(peerId: string, question: AnyQuestion, request: unknown): Uint8Array {
  try {
    return encodeFrame(question.encodeRequest?.(request) ?? new Uint8Array(0), question.frames.capBytes)
  } catch (cause) {
    if (!(cause instanceof CodecError)) throw cause
    throw requestError({ code: 'protocol', peerId, protocol: question.id, what: cause.message, cause, details: { phase: 'encode' } })
  }
}

/** The frame of a push. @throws RuntimeError 'payload-too-large', judged by what goes on the wire. */
function pushFrame({ id, frames }: Protocol, encode: () => Uint8Array): Uint8Array {
  try {
    return encodeFrame(encode(), frames.capBytes)
  } catch (cause) {
    if (!(cause instanceof CodecError) || cause.code !== 'frame-too-large') throw cause
    throw new RuntimeError('payload-too-large', `a message of ${id} does not fit: ${cause.message}`, cause.details, { cause })
  }
}
