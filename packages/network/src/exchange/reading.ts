/** Reading what peers send, as far as it may cost us time: see {@link ReadingRests}. */
import type { Clock } from '@auki/canonical'
import { pause } from './pause.ts'
import type { ReadingRests } from './reading-rests.ts'

export class Reading {
  readonly #timers: Clock
  readonly #rests: ReadingRests

  constructor(timers: Clock, rests: ReadingRests) {
    this.#timers = timers
    this.#rests = rests
  }

  /** Whether nothing of the peer is to be read at the moment. */
  resting(peerId: string): boolean {
    return this.#rests.restMs(peerId, this.#timers.monoMs()) > 0
  }

  /** Resolves when the peer's messages may cost us time again; together with others it may take turns. Rejects with `signal.reason`. */
  async rested(peerId: string, signal: AbortSignal): Promise<void> {
    for (;;) {
      const restMs = this.#rests.restMs(peerId, this.#timers.monoMs())
      if (restMs === 0) return
      await pause(this.#timers, restMs, signal)
    }
  }

  /** Does what a message of the peer leads to, and charges it for the time. */
  charge<T>(peerId: string, work: () => T): T {
    const began = this.#timers.monoMs()
    try {
      return work()
    } finally {
      const now = this.#timers.monoMs()
      this.#rests.charge(peerId, now - began, now)
    }
  }
}
