/** How much of something, bytes or places, all peers together and each of them may make us hold. */
export class Budget {
  readonly #perPeerMax: number
  readonly #max: number
  readonly #held = new Map<string, number>()
  #total = 0

  constructor(perPeerMax: number, max: number) {
    this.#perPeerMax = perPeerMax
    this.#max = max
  }

  /** The share of one substream. */
  open(peerId: string): Share {
    let share = 0
    const set = (amount: number): boolean => {
      const peer = (this.#held.get(peerId) ?? 0) + amount - share
      this.#total += amount - share
      share = amount
      if (peer === 0) this.#held.delete(peerId)
      else this.#held.set(peerId, peer)
      return peer <= this.#perPeerMax && this.#total <= this.#max
    }
    return { hold: set, release: () => void set(0) }
  }
}

export interface Share {
  /** Sets how much the substream holds now; `false`: more than is allowed, it must be given back. */
  hold(amount: number): boolean
  release(): void
}
