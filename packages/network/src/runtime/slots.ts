/** Counts what is under way, per peer and in all; over a cap nothing queues. */
export class Slots {
  readonly #perPeerMax: number
  readonly #max: number
  readonly #taken = new Map<string, number>()
  #total = 0

  constructor(perPeerMax: number, max: number) {
    this.#perPeerMax = perPeerMax
    this.#max = max
  }

  /** Takes a slot; the function gives it back. `undefined`: none left. */
  take(peerId: string): (() => void) | undefined {
    const taken = this.#taken.get(peerId) ?? 0
    if (taken >= this.#perPeerMax || this.#total >= this.#max) return undefined
    this.#taken.set(peerId, taken + 1)
    this.#total++
    let released = false
    return () => {
      if (released) return
      released = true
      this.#total--
      const left = this.#taken.get(peerId)! - 1
      if (left === 0) this.#taken.delete(peerId)
      else this.#taken.set(peerId, left)
    }
  }

  /** How many slots the peer holds. */
  of(peerId: string): number {
    return this.#taken.get(peerId) ?? 0
  }
}
