import { ResetError } from './errors.ts'
import type { InboundExchange } from './inbound.ts'

/** Of messages that replace each other only the newest of each peer is waited for. */
export class Newest {
  readonly #waiting = new Map<string, InboundExchange>()

  /** Does `work` with an exchange; a newer one of the same peer ends it. */
  async only<T>(exchange: InboundExchange, work: () => Promise<T>): Promise<T> {
    const { peerId } = exchange
    this.#waiting.get(peerId)?.abort(new ResetError('a newer message has come'))
    this.#waiting.set(peerId, exchange)
    try {
      return await work()
    } finally {
      if (this.#waiting.get(peerId) === exchange) this.#waiting.delete(peerId)
    }
  }
}
