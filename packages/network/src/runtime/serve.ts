/** What we answer to peers: each protocol's request handed to the owner, decoded and with a deadline, and the owner's answer written back. */

import { reasonOf } from '@auki/canonical'
import type { RuntimeEnv } from '../exchange/env.ts'
import { Exchange } from '../exchange/exchange.ts'
import { DeadlineError } from '../exchange/exchange-errors.ts'
import { Slots } from '../exchange/slots.ts'
import { CodecError } from '../protocols/codec-errors.ts'
import * as diagnostic from '../protocols/diagnostic.ts'
import { encodeFrame } from '../protocols/frame.ts'
import * as info from '../protocols/info.ts'
import * as join from '../protocols/join.ts'
import * as leave from '../protocols/leave.ts'
import * as membership from '../protocols/membership.ts'
import * as registries from '../protocols/registries.ts'
import * as resources from '../protocols/resources.ts'
import { answerRounds } from './clock-rounds.ts'
import type { Inbound, InboundExchange, Serve } from './inbound.ts'
import { Newest } from './newest-message.ts'
import type { HeartbeatSource, RuntimeHandlers } from './peer-runtime.ts'
import type { Strangers } from './strangers.ts'
import { type Wire, wire } from './wire.ts'

/** Registers everything but the heartbeat. */
export function serveProtocols(
  env: RuntimeEnv,
  inbound: Inbound,
  source: HeartbeatSource,
  handlers: RuntimeHandlers,
  strangers: Strangers
): void {
  const { limits } = env
  const admission = { who: 'anybody', slots: new Slots(limits.admissionInboundPerPeerMax, limits.admissionInboundMax) } as const
  const members = { who: 'members', slots: new Slots(limits.requestInboundPerPeerMax, limits.requestInboundMax) } as const
  const newest = new Newest()
  inbound.handle(wire.join, admission, serveJoin(env, handlers, strangers))
  inbound.handle(wire.leave, admission, serveLeave(env, handlers))
  inbound.handle(wire.membership, members, async (exchange) => {
    const update = await newest.only(exchange, () => exchange.read(limits.pushServerReadMs, membership.decode))
    exchange.charge(() => tell(env, 'membership', () => handlers.membership(exchange.peerId, update)))
  })
  inbound.handle(wire.diagnostic, members, async (exchange) => {
    const message = await exchange.read(limits.pushServerReadMs, diagnostic.decode)
    exchange.charge(() => tell(env, 'diagnostic', () => handlers.diagnostic(exchange.peerId, message)))
  })
  inbound.handle(wire.info, members, async (exchange) => {
    const { form } = await exchange.read(limits.requestServerReadMs, info.decodeRequest)
    await answerWith(env, exchange, wire.info, async () => exchange.charge(() => info.encodeResponse(handlers.info(exchange.peerId), form)))
  })
  inbound.handle(wire.clock, members, (exchange) =>
    exchange.talk(limits.clockExchangeMs, (substream) => answerRounds(substream, source, limits.clockQuestionsMax))
  )
  inbound.handle(wire.resources, members, async (exchange) => {
    const request = await exchange.read(limits.requestServerReadMs, resources.decodeRequest)
    const answer = async () => exchange.charge(() => resources.encodeResponse(handlers.resources(exchange.peerId, request)))
    await answerWith(env, exchange, wire.resources, answer)
  })
  inbound.handle(wire.registries, members, async (exchange) => {
    const request = await exchange.read(limits.requestServerReadMs, registries.decodeRequest)
    const answer = async () => {
      const entry = await exchange.charge(() => handlers.registry(exchange.peerId, request))
      return exchange.charge(() => registries.encodeResponse(entry))
    }
    await answerWith(env, exchange, wire.registries, answer)
  })
}

/** Writes the owner's answer. None in time, an error, or one that does not fit its frame: the asker sees the end of the substream. */
async function answerWith(env: RuntimeEnv, exchange: InboundExchange, { rules }: Wire, answer: () => Promise<Uint8Array>): Promise<void> {
  let frame: Uint8Array
  try {
    const payload = await Exchange.part(env, exchange.signal, 'owner', env.limits.requestOwnerMs, answer)
    frame = encodeFrame(payload, rules.capBytes)
  } catch (error) {
    exchange.signal.throwIfAborted()
    env.log('warn', `no answer for ${exchange.peerId}: ${reasonOf(error)}`)
    return
  }
  await exchange.answer(frame)
}

function serveJoin(env: RuntimeEnv, handlers: RuntimeHandlers, strangers: Strangers): Serve {
  return async (exchange) => {
    let answered = () => {}
    try {
      const { request, form } = await exchange.read(env.limits.joinServerReadMs, (payload) => {
        answered = strangers.joining(exchange.peerId)
        return join.decodeRequest(payload)
      })
      const response = await decideJoin(env, handlers, exchange, request)
      await exchange.answer(encodeFrame(join.encodeResponse(response, form), join.FRAME_BYTES_MAX))
    } catch (error) {
      if (!(error instanceof CodecError && error.code === 'invalid-multiaddr')) throw error
      env.log('warn', `closed a join of ${exchange.peerId} without an answer: ${error.message}`)
    } finally {
      answered()
    }
  }
}

/** The owner's decision. When it has not come in time, or the joiner is gone, the owner's signal aborts and whatever it says has no effect. */
async function decideJoin(
  env: RuntimeEnv,
  handlers: RuntimeHandlers,
  exchange: InboundExchange,
  request: join.JoinRequest
): Promise<join.JoinResponse> {
  const { joinOwnerMs } = env.limits
  try {
    return await Exchange.part(env, exchange.signal, 'owner', joinOwnerMs, async (signal) =>
      exchange.charge(() => handlers.join(exchange.peerId, request, signal))
    )
  } catch (error) {
    exchange.signal.throwIfAborted()
    if (error instanceof DeadlineError) return { kind: 'reject', reason: `join handler timed out after ${joinOwnerMs / 1000}s` }
    env.log('warn', `the join handler failed for ${exchange.peerId}: ${reasonOf(error)}`)
    return { kind: 'reject', reason: 'join handler dropped without replying' }
  }
}

function serveLeave(env: RuntimeEnv, handlers: RuntimeHandlers): Serve {
  return async (exchange) => {
    await exchange.read(env.limits.leaveServerReadMs, leave.decodeRequest)
    if (!(await mayLeave(env, handlers, exchange))) return
    await exchange.answer(encodeFrame(leave.encodeResponse(), leave.FRAME_BYTES_MAX))
    // Dropping the peer resets what it has under way; only once this substream is closed can't that overtake the acknowledgement.
    exchange.afterwards(() => tell(env, 'leaveAcknowledged', () => handlers.leaveAcknowledged(exchange.peerId)))
  }
}

async function mayLeave(env: RuntimeEnv, handlers: RuntimeHandlers, exchange: InboundExchange): Promise<boolean> {
  try {
    return await Exchange.part(env, exchange.signal, 'owner', env.limits.leaveOwnerMs, async () => handlers.leave(exchange.peerId))
  } catch (error) {
    exchange.signal.throwIfAborted()
    env.log('warn', `no go-ahead for the leave of ${exchange.peerId}: ${reasonOf(error)}`)
    return false
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
