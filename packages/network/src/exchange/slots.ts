import { Budget } from './budget.ts'

/** Counts what is under way, per peer and in all; over a cap nothing queues. */
export class Slots {
  readonly #budget: Budget

  constructor(perPeerMax: number, max: number) {
    this.#budget = new Budget(perPeerMax, max)
  }

  /** Takes a slot; the function gives it back, once. `undefined`: none left. */
  take(peerId: string): (() => void) | undefined {
    const share = this.#budget.open(peerId)
    if (share.hold(1)) return () => share.release()
    share.release()
    return undefined
  }
}
