import type { Stream } from '@libp2p/interface'
import type { RuntimeEnv } from '../runtime/env.ts'
import type { Lingering } from '../runtime/lingering.ts'
import type { EnsureConnected, OpenSubstream } from '../runtime/requests.ts'
import { StreamClient } from './client.ts'
import { StreamServer } from './server.ts'
import type { OutboundStream, StreamProvider } from './types.ts'

export interface StreamsInit {
  readonly env: RuntimeEnv
  readonly open: OpenSubstream
  readonly connect: EnsureConnected
  readonly lingering: Lingering
  readonly provider: StreamProvider
  readonly sessionEnded: () => boolean
}

/** All streams of a runtime (`/auki/stream/0.2.0`): those it serves and those it reads. */
export class Streams {
  readonly open: StreamClient['open']
  readonly #server: StreamServer
  readonly #client: StreamClient

  constructor({ env, provider, sessionEnded, open, connect, lingering }: StreamsInit) {
    this.#server = new StreamServer({ env, provider, sessionEnded })
    this.#client = new StreamClient(env, open, connect, lingering)
    this.open = (...args) => this.#client.open(...args)
  }

  /** A member has opened a stream. */
  accept(peerId: string, stream: Stream): void {
    this.#server.accept(peerId, stream)
  }

  /** Those we serve. */
  outbound(): OutboundStream[] {
    return this.#server.outbound()
  }

  /** Ends everything with a peer that is no member any longer. */
  revoke(peerId: string): void {
    this.#server.revoke(peerId)
    this.#client.revoke(peerId)
  }

  /** Ends those we serve, and declines new ones; our consumers are told, as far as they take it in a short time. Idempotent. */
  endOutbound(): Promise<void> {
    return this.#server.stop()
  }

  /** Ends everything, those we serve as {@link endOutbound} does. */
  async stop(): Promise<void> {
    this.#client.stop()
    await this.#server.stop()
  }
}
