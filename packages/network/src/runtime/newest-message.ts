import { ResetError } from '../exchange/exchange-errors.ts'
import type { InboundExchange } from './inbound.ts'

/** For messages of which each replaces the one before: of those that wait because their sender is not to be read now, only the newest is kept. */
export class Newest {
  readonly #waiting = new Map<string, InboundExchange>()

  /** Does `work` with an exchange. While the peer is not to be read, a newer exchange of the same peer ends the one before it. */
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
