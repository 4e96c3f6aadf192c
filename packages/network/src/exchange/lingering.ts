import type { RuntimeEnv } from './env.ts'
import { ResetError } from './exchange-errors.ts'
import type { Substream } from './substream.ts'

/**
 * Substreams that we have closed and whose peer has not.
 *
 * Resetting one at once could discard what was just written, and waiting for ever would let a peer keep them. So the peer has `answerWriteMs` to close its
 * side.
 */
export class Lingering {
  readonly #env: RuntimeEnv
  /** Oldest first. */
  readonly #since = new Map<Substream, number>()

  constructor(env: RuntimeEnv) {
    this.#env = env
  }

  /** Closes our side, and leaves the peer a while to close its own. */
  finish(substream: Substream): void {
    substream.close().catch((error) => substream.reset(error))
    if (substream.closed) return
    this.#since.set(substream, this.#env.timers.monoMs())
    substream.onClosed(() => this.#since.delete(substream))
  }

  /** Resets those whose peer has not closed in time. */
  tick(): void {
    const longAgo = this.#env.timers.monoMs() - this.#env.limits.answerWriteMs
    for (const [substream, since] of [...this.#since]) {
      if (since > longAgo) return
      this.#since.delete(substream)
      substream.reset(new ResetError('the peer did not close its side'))
    }
  }
}
