import { ResetError } from '../exchange/exchange-errors.ts'
import type { InboundExchange } from './inbound.ts'

/** Of messages that replace each other, and whose sender is not to be read for a while, only the newest is kept. */
export class Newest {
  readonly #waiting = new Map<string, InboundExchange>()

  /** Does `work` with an exchange; a newer one of the same peer ends it, where they have to wait. */
  async only<T>(exchange: InboundExchange, work: () => Promise<T>): Promise<T> {
    const { peerId } = exchange
    if (exchange.resting) this.#waiting.get(peerId)?.abort(new ResetError('a newer message has come'))
    this.#waiting.set(peerId, exchange)
    try {
      return await work()
    } finally {
      if (this.#waiting.get(peerId) === exchange) this.#waiting.delete(peerId)
    }
  }
}
