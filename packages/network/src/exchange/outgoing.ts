import type { RuntimeEnv } from './env.ts'
import { Exchange } from './exchange.ts'
import { ResetError, runtimeUnavailable } from './exchange-errors.ts'
import { LiveExchanges } from './live.ts'
import type { Substream } from './substream.ts'

/** Opens a substream on a connection that is open already. */
export type OpenSubstream = (peerId: string, protocol: string, signal: AbortSignal) => Promise<Substream>

/** Resolves when the peer is connected, dialling a member at once; rejects when that fails. */
export type EnsureConnected = (peerId: string, signal: AbortSignal) => Promise<void>

/** An exchange that we have begun. */
export interface Begun {
  readonly exchange: Exchange
  /** Connects, if need be, and opens the substream. */
  open(protocol: string): Promise<Substream>
  /** To be called when it is over, however it ended. */
  over(): void
}

export interface OutgoingInit {
  readonly env: RuntimeEnv
  readonly open: OpenSubstream
  readonly connect: EnsureConnected
}

/** The exchanges that we begin with peers: known from their first moment on, so that all of a peer can be ended at once. */
export class Outgoing {
  readonly #init: OutgoingInit
  readonly #live = new LiveExchanges()
  #stopped = false

  constructor(init: OutgoingInit) {
    this.#init = init
  }

  /** Begins one with a peer; `signal` is the caller's. */
  begin(peerId: string, signal: AbortSignal | undefined): Begun {
    const { env, open, connect } = this.#init
    const exchange = new Exchange(env, signal)
    if (this.#stopped) exchange.abort(runtimeUnavailable())
    const takeOut = this.#live.add(peerId, exchange)
    return {
      exchange,
      open: async (protocol) => {
        await connect(peerId, exchange.signal)
        return open(peerId, protocol, exchange.signal)
      },
      over: () => {
        takeOut()
        exchange.end()
      }
    }
  }

  /** Ends what is under way with a peer that is no member any longer. */
  revoke(peerId: string): void {
    this.#live.abort(peerId, new ResetError('no member any longer'))
  }

  /** Ends all that is under way; what is begun later ends at once with `runtime-unavailable`. */
  stop(): void {
    this.#stopped = true
    this.#live.abortAll(runtimeUnavailable())
  }
}
