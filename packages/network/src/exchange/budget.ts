/** A cap on what peers may make us hold (bytes, or substreams): one for each peer, and one for all together. */
export class Budget {
  readonly #perPeerMax: number
  readonly #max: number
  readonly #held = new Map<string, number>()
  #total = 0

  constructor(perPeerMax: number, max: number) {
    this.#perPeerMax = perPeerMax
    this.#max = max
  }

  /** The share of one substream; it holds nothing at first. */
  open(peerId: string): Share {
    let share = 0
    const set = (amount: number): boolean => {
      const peer = this.of(peerId) + amount - share
      this.#total += amount - share
      share = amount
      if (peer === 0) this.#held.delete(peerId)
      else this.#held.set(peerId, peer)
      return peer <= this.#perPeerMax && this.#total <= this.#max
    }
    return { hold: set, release: () => void set(0) }
  }

  /** What the substreams of a peer hold now. */
  of(peerId: string): number {
    return this.#held.get(peerId) ?? 0
  }

  /** A place for one substream, where the cap is on their number; the returned function gives it back. `undefined`: none is left, and nothing queues. */
  take(peerId: string): (() => void) | undefined {
    const { hold, release } = this.open(peerId)
    if (hold(1)) return release
    release()
    return undefined
  }
}

export interface Share {
  /** Sets how much the substream holds now. `false`: that is over a cap, and the substream must be reset. */
  hold(amount: number): boolean
  release(): void
}
