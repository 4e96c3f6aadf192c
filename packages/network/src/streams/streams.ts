import type { Stream } from '@libp2p/interface'
import type { RuntimeEnv } from '../exchange/env.ts'
import type { Lingering } from '../exchange/lingering.ts'
import type { Outgoing } from '../exchange/outgoing.ts'
import type { Reading } from '../exchange/reading.ts'
import type { StreamPeers } from './reopening.ts'
import type { OutboundStream, StreamProvider } from './stream-api.ts'
import { StreamClient } from './stream-client.ts'
import { StreamServer } from './stream-server.ts'

export interface StreamsInit {
  readonly env: RuntimeEnv
  readonly reading: Pick<Reading, 'rested' | 'charge'>
  readonly outgoing: Outgoing
  readonly lingering: Lingering
  readonly peers: StreamPeers
  readonly provider: StreamProvider
  readonly sessionEnded: () => boolean
}

/** All streams of a runtime (`/auki/stream/0.2.0`): those it serves and those it reads. */
export class Streams {
  readonly open: StreamClient['open']
  readonly #server: StreamServer

  constructor({ env, reading, provider, sessionEnded, outgoing, lingering, peers }: StreamsInit) {
    this.#server = new StreamServer({ env, reading, provider, sessionEnded })
    const client = new StreamClient(env, outgoing, lingering, peers)
    this.open = (...args) => client.open(...args)
  }

  /** A member has opened a stream. */
  accept(peerId: string, stream: Stream): void {
    this.#server.accept(peerId, stream)
  }

  /** Those we serve. */
  outbound(): OutboundStream[] {
    return this.#server.outbound()
  }

  /** Cuts those we serve to a peer that is no member any longer. */
  revoke(peerId: string): void {
    this.#server.revoke(peerId)
  }

  /** Ends those we serve, and declines new ones; our consumers are told, as far as they take it in a short time. Idempotent. */
  endOutbound(): Promise<void> {
    return this.#server.stop()
  }
}
