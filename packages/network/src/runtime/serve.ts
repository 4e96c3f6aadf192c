/** What we answer to peers: each request is decoded and handed to its handler, with a deadline, and the handler's answer is written back. */
import { reasonOf } from '@auki/canonical'
import { Budget } from '../exchange/budget.ts'
import type { RuntimeEnv } from '../exchange/env.ts'
import { Exchange } from '../exchange/exchange.ts'
import { DeadlineError } from '../exchange/exchange-errors.ts'
import * as clock from '../protocols/clock.ts'
import { CodecError } from '../protocols/codec-errors.ts'
import { encodeFrame } from '../protocols/frame.ts'
import type { Push, Question } from '../protocols/one-shot.ts'
import { type OneShotHandlers, pushes, questions } from '../protocols/one-shots.ts'
import { answerRounds } from './clock-rounds.ts'
import type { Inbound, InboundExchange, Serve } from './inbound.ts'
import { Newest } from './newest-message.ts'
import type { HeartbeatSource, RuntimeHandlers } from './peer-runtime.ts'
import type { Strangers } from './strangers.ts'

export interface ServeInit {
  readonly env: RuntimeEnv
  readonly inbound: Inbound
  readonly source: HeartbeatSource
  readonly handlers: RuntimeHandlers
  readonly strangers: Strangers
}

type AnyQuestion = Question<keyof OneShotHandlers, unknown, unknown, unknown, unknown, unknown>
type AnyPush = Push<keyof OneShotHandlers, unknown, 'some' | 'all'>

/** Registers the one-shot protocols and the clock. */
export function serveProtocols(init: ServeInit): void {
  const { env, inbound, source } = init
  const { limits } = env
  const slots = {
    anybody: new Budget(limits.admissionInboundPerPeerMax, limits.admissionInboundMax),
    members: new Budget(limits.requestInboundPerPeerMax, limits.requestInboundMax)
  }
  for (const question of Object.values<AnyQuestion>(questions))
    inbound.handle(question, slots[question.mayAsk], serveQuestion(init, question))
  for (const push of Object.values<AnyPush>(pushes)) inbound.handle(push, slots[push.mayAsk], servePush(init, push))
  inbound.handle(clock.protocol, slots.members, (exchange) =>
    exchange.talk(limits.clockExchangeMs, (substream) => answerRounds(substream, source, limits.clockQuestionsMax))
  )
}

function serveQuestion(init: ServeInit, question: AnyQuestion): Serve {
  const { env, handlers, strangers } = init
  const { afterwards, closesOn } = question
  return async (exchange) => {
    const { peerId } = exchange
    let answered = () => {}
    try {
      const request = await exchange.read(env.limits[question.deadlines.read], (payload) => {
        if (question.restartsGrace === true) answered = strangers.joining(peerId)
        return question.decodeRequest(payload)
      })
      const frame = await answerFrame(init, question, exchange, request)
      if (frame === undefined) return
      await exchange.answer(frame)
      // What it leads to may reset all that the peer has under way; once this substream is closed, that can't overtake the answer.
      if (afterwards !== undefined) exchange.afterwards(() => tell(env, afterwards, () => handlers[afterwards](peerId)))
    } catch (error) {
      if (!(error instanceof CodecError && error.code === closesOn)) throw error
      env.log('warn', `closed a ${question.handler} of ${peerId} without an answer: ${error.message}`)
    } finally {
      answered()
    }
  }
}

/** The answer as it is written. `undefined`: the handler has none, or what it says does not fit its frame; the asker sees the end of the substream. */
async function answerFrame(
  init: ServeInit,
  question: AnyQuestion,
  exchange: InboundExchange,
  request: unknown
): Promise<Uint8Array | undefined> {
  const answer = await answerOf(init, question, exchange, request)
  if (answer === undefined) return undefined
  try {
    return encodeFrame(
      exchange.charge(() => question.encodeAnswer(answer, request)),
      question.frames.capBytes
    )
  } catch (error) {
    init.env.log('warn', `no answer for ${exchange.peerId}: ${reasonOf(error)}`)
    return undefined
  }
}

/** What the handler says. When it has not answered in time, or the peer is gone, its signal aborts and whatever it says has no effect. */
async function answerOf(
  { env, handlers }: ServeInit,
  question: AnyQuestion,
  exchange: InboundExchange,
  request: unknown
): Promise<unknown> {
  const { peerId, signal } = exchange
  const ownerMs = env.limits[question.deadlines.owner]
  const handle = handlers[question.handler].bind(handlers)
  try {
    return await Exchange.part(env, signal, 'owner', ownerMs, async (own) =>
      exchange.charge(() => question.respond(handle, peerId, request, own))
    )
  } catch (error) {
    signal.throwIfAborted()
    const why = error instanceof DeadlineError ? 'timed-out' : 'failed'
    env.log('warn', `the handler ${question.handler} has no answer for ${peerId}: ${reasonOf(error)}`)
    return question.fallback?.(why, ownerMs)
  }
}

function servePush({ env, handlers }: ServeInit, push: AnyPush): Serve {
  const newest = push.keep === 'newest' ? new Newest() : undefined
  const handle = handlers[push.handler].bind(handlers) as (peerId: string, message: unknown) => void
  return async (exchange) => {
    const read = () => exchange.read(env.limits[push.deadlines.read], (payload) => push.decode(payload))
    const message = await (newest === undefined ? read() : newest.only(exchange, read))
    exchange.charge(() => tell(env, push.handler, () => handle(exchange.peerId, message)))
  }
}

/** Calls the owner; what it throws is its own fault and must not look like the peer's. */
export function tell<T>(env: RuntimeEnv, handler: keyof RuntimeHandlers, call: () => T): T | undefined {
  try {
    return call()
  } catch (error) {
    env.log('warn', `the handler ${handler} failed: ${reasonOf(error)}`)
    return undefined
  }
}
