/** How many bytes of unfinished frames all peers together, and each of them, may make us hold. */
export class ByteBudget {
  readonly #perPeerMax: number
  readonly #max: number
  readonly #held = new Map<string, number>()
  #total = 0

  constructor(perPeerMax: number, max: number) {
    this.#perPeerMax = perPeerMax
    this.#max = max
  }

  /** The share of one substream. */
  open(peerId: string): ByteAccount {
    let share = 0
    const set = (bytes: number): boolean => {
      const peer = (this.#held.get(peerId) ?? 0) + bytes - share
      this.#total += bytes - share
      share = bytes
      if (peer === 0) this.#held.delete(peerId)
      else this.#held.set(peerId, peer)
      return peer <= this.#perPeerMax && this.#total <= this.#max
    }
    return { hold: set, release: () => void set(0) }
  }
}

export interface ByteAccount {
  /** Sets how much the substream holds now; `false`: more than is allowed, it must be reset. */
  hold(bytes: number): boolean
  release(): void
}
