import { Budget } from './budget.ts'

/** A cap on substreams under way, per peer and in all. Over it a new one is refused; nothing queues. */
export class Slots {
  readonly #budget: Budget

  constructor(perPeerMax: number, max: number) {
    this.#budget = new Budget(perPeerMax, max)
  }

  /** Takes a slot; the returned function gives it back. `undefined`: none is left. */
  take(peerId: string): (() => void) | undefined {
    const share = this.#budget.open(peerId)
    if (share.hold(1)) return () => share.release()
    share.release()
    return undefined
  }
}
