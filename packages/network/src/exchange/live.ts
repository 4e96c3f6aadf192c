import type { Exchange } from './exchange.ts'

/** Exchanges under way, so that all of a peer, or all there are, can be ended at once. */
export class LiveExchanges {
  readonly #byPeer = new Map<string, Set<Exchange>>()

  /** Adds one; the returned function takes it out again. */
  add(peerId: string, exchange: Exchange): () => void {
    let ofPeer = this.#byPeer.get(peerId)
    if (!ofPeer) {
      ofPeer = new Set()
      this.#byPeer.set(peerId, ofPeer)
    }
    ofPeer.add(exchange)
    return () => {
      ofPeer.delete(exchange)
      if (ofPeer.size === 0 && this.#byPeer.get(peerId) === ofPeer) this.#byPeer.delete(peerId)
    }
  }

  abort(peerId: string, reason: Error): void {
    for (const exchange of [...(this.#byPeer.get(peerId) ?? [])]) exchange.abort(reason)
  }

  abortAll(reason: Error): void {
    for (const peerId of [...this.#byPeer.keys()]) this.abort(peerId, reason)
  }
}
