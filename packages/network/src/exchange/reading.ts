/**
 * A rate limit by time spent: a peer whose messages took us X ms is not read for a multiple of X.
 *
 * The limits of a message bound what one of them costs, not how many arrive. So the time is counted per peer, over all protocols. A peer that sends what
 * others send never notices.
 */
import type { RuntimeEnv } from './env.ts'
import { pause } from './pause.ts'

export class Reading {
  readonly #env: Pick<RuntimeEnv, 'timers' | 'limits'>
  /** When each peer may be read again, monotonic ms. Entries that are over are removed from the front with every charge. */
  readonly #until = new Map<string, number>()

  constructor(env: Pick<RuntimeEnv, 'timers' | 'limits'>) {
    this.#env = env
  }

  /** How long the peer is not to be read from now on, ms; 0: it may be read. */
  restMs(peerId: string): number {
    return Math.max(0, (this.#until.get(peerId) ?? 0) - this.#env.timers.monoMs())
  }

  /** Resolves when the peer may be read again; where several wait, each of them may lengthen the wait of the others. Rejects with `signal.reason`. */
  async rested(peerId: string, signal: AbortSignal): Promise<void> {
    for (let restMs = this.restMs(peerId); restMs > 0; restMs = this.restMs(peerId)) await pause(this.#env.timers, restMs, signal)
  }

  /** Does the work that a message of the peer causes, and counts the time that it took. */
  charge<T>(peerId: string, work: () => T): T {
    const began = this.#env.timers.monoMs()
    try {
      return work()
    } finally {
      this.#rest(peerId, began)
    }
  }

  /** How many peers have an entry. */
  get size(): number {
    return this.#until.size
  }

  #rest(peerId: string, began: number): void {
    const { timers, limits } = this.#env
    const now = timers.monoMs()
    for (const [other, until] of this.#until) {
      if (until > now) break
      this.#until.delete(other)
    }
    const until = Math.max(this.#until.get(peerId) ?? 0, now) + (now - began) * limits.decodeRestRatio
    this.#until.delete(peerId)
    this.#until.set(peerId, Math.min(until, now + limits.decodeRestMaxMs))
  }
}
