/**
 * Every substream that a peer opens comes through here.
 *
 * A peer that may not open it is refused before a byte is read, and so is one with too many under way. Those that are accepted have a deadline on each step
 * that waits for the peer, and a cap on what they make us hold.
 */
import { abortable, reasonOf } from '@auki/canonical'
import type { Connection, Stream } from '@libp2p/interface'
import { Budget } from '../exchange/budget.ts'
import type { RuntimeEnv } from '../exchange/env.ts'
import { Exchange } from '../exchange/exchange.ts'
import { ResetError } from '../exchange/exchange-errors.ts'
import { readOneFrame } from '../exchange/frames.ts'
import type { Lingering } from '../exchange/lingering.ts'
import { LiveExchanges } from '../exchange/live.ts'
import type { Reading } from '../exchange/reading.ts'
import { Substream } from '../exchange/substream.ts'
import type { Protocol } from '../protocols/one-shot.ts'
import { substreamLimits } from '../swarm/node-limits.ts'
import { onBytes } from '../swarm/patches/pulse.ts'
import type { SwarmNode } from '../swarm/swarm.ts'
import type { AllowList } from './allow-list.ts'

/** One substream a peer has opened, from its request to our answer. */
export interface InboundExchange {
  readonly peerId: string
  /** Aborts when the peer, or its membership, is gone, or a deadline is over. */
  readonly signal: AbortSignal
  /**
   * Reads the request and decodes it, as soon as the peer may be read; the time for decoding counts as the peer's.
   *
   * @throws CodecError, or the reason of the reset.
   */
  read<T>(deadlineMs: number, decode: (payload: Uint8Array) => T): Promise<T>
  /** Does the work of a request at once; the time counts as the peer's. */
  charge<T>(work: () => T): T
  /** Writes the answer; resolves when it is handed to the transport. */
  answer(frame: Uint8Array): Promise<void>
  /** Whether the peer is not to be read at the moment. */
  readonly resting: boolean
  /** Ends it early, by a reset. */
  abort(reason: Error): void
  /** Uses the substream for more than one request and its answer, for this long at most. */
  talk(deadlineMs: number, talk: (substream: Substream) => Promise<void>): Promise<void>
  /** Has `run` called when the answer is written and our side closed; not when the substream was reset. */
  afterwards(run: () => void): void
}

/** Answers one substream. When it resolves the substream is closed, when it throws it is reset. */
export type Serve = (exchange: InboundExchange) => Promise<void>

export interface InboundInit {
  readonly env: RuntimeEnv
  readonly node: SwarmNode
  readonly members: AllowList
  readonly lingering: Lingering
  readonly reading: Reading
  /** A peer has sent bytes of a protocol. */
  readonly heard: (peerId: string, protocol: string) => void
}

export class Inbound {
  readonly #init: InboundInit
  readonly #live = new LiveExchanges()
  readonly #bytes: Budget
  #stopped = false

  constructor(init: InboundInit) {
    const { limits } = init.env
    this.#init = init
    this.#bytes = new Budget(limits.inboundBufferedPerPeerBytesMax, limits.inboundBufferedBytesMax)
  }

  /** Registers a protocol of one exchange per substream; over the slots of its pool a substream is reset. */
  handle(protocol: Protocol, slots: Budget, serve: Serve): void {
    this.register(protocol, (peerId, stream) => {
      const release = slots.take(peerId)
      if (release) void this.#run(protocol, peerId, new Substream(stream), serve).finally(release)
      else stream.abort(new ResetError(`too many substreams of ${protocol.id} are under way`))
    })
  }

  /** Registers a protocol; `open` gets the substreams that passed the gate, on whatever kind of connection. */
  register({ id, mayAsk }: Protocol, open: (peerId: string, stream: Stream) => void): void {
    const { env, node, members, heard } = this.#init
    const handler = (stream: Stream, connection: Connection) => {
      const peerId = connection.remotePeer.toString()
      if (this.#stopped) stream.abort(new ResetError('shutting down'))
      else if (mayAsk === 'members' && !members.has(peerId)) stream.abort(new ResetError('not a member'))
      else {
        onBytes(stream, () => heard(peerId, id))
        open(peerId, stream)
      }
    }
    node.libp2p.handle(id, handler, substreamLimits).catch((error: Error) => {
      env.log('warn', `cannot register ${id}: ${error.message}`)
    })
  }

  async #run({ id, frames }: Protocol, peerId: string, substream: Substream, serve: Serve): Promise<void> {
    const { env, reading, lingering } = this.#init
    const exchange = new Exchange(env)
    const takeOut = this.#live.add(peerId, exchange)
    const account = this.#bytes.open(peerId)
    const reset = () => substream.reset(exchange.signal.reason)
    exchange.signal.addEventListener('abort', reset, { once: true })
    const forgetClose = substream.onClosed(() => exchange.abort(new ResetError('the peer is gone')))
    const { signal } = exchange
    const { answerWriteMs } = env.limits
    let afterwards = () => {}
    try {
      await serve({
        peerId,
        signal,
        get resting() {
          return reading.restMs(peerId) > 0
        },
        read: (deadlineMs, decode) =>
          exchange.within('read', deadlineMs, async () => {
            await reading.rested(peerId, signal)
            const payload = await readOneFrame(substream, frames, signal, account)
            await reading.rested(peerId, signal)
            return reading.charge(peerId, () => decode(payload))
          }),
        abort: (reason) => exchange.abort(reason),
        charge: (work) => reading.charge(peerId, work),
        answer: (frame) => exchange.within('write', answerWriteMs, () => substream.write(frame, signal)),
        talk: (deadlineMs, talk) => exchange.within('read', deadlineMs, () => abortable(talk(substream), signal)),
        afterwards: (run) => {
          afterwards = run
        }
      })
      lingering.finish(substream)
    } catch (error) {
      env.log('debug', `reset a substream of ${id} from ${peerId}: ${reasonOf(error)}`)
      substream.reset(error)
      afterwards = () => {}
    } finally {
      forgetClose()
      signal.removeEventListener('abort', reset)
      takeOut()
    }
    afterwards()
  }

  /** Resets everything a peer has under way. */
  revoke(peerId: string): void {
    this.#live.abort(peerId, new ResetError('no member any longer'))
  }

  /** Resets what is under way, and whatever is opened from now on. */
  stop(): void {
    this.#stopped = true
    this.#live.abortAll(new ResetError('shutting down'))
  }
}
