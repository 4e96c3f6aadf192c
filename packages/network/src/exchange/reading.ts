/** When a peer's messages may be read, and what they cost: {@link ReadingRests} with a clock. */
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

  /** Whether the peer is not to be read at the moment. */
  resting(peerId: string): boolean {
    return this.#rests.restMs(peerId, this.#timers.monoMs()) > 0
  }

  /** Resolves when the peer may be read again; where several wait, each of them may lengthen the wait of the others. Rejects with `signal.reason`. */
  async rested(peerId: string, signal: AbortSignal): Promise<void> {
    for (;;) {
      const restMs = this.#rests.restMs(peerId, this.#timers.monoMs())
      if (restMs === 0) return
      await pause(this.#timers, restMs, signal)
    }
  }

  /** Does the work that a message of the peer causes, and counts the time that it took. */
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
