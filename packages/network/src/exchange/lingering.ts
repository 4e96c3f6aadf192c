import type { RuntimeEnv } from './env.ts'
import { ResetError } from './exchange-errors.ts'
import type { Substream } from './substream.ts'

/**
 * Substreams that are over for us and wait only for the other side's end.
 *
 * They must not be reset at once, for that can discard what was just written, nor kept for ever.
 */
export class Lingering {
  readonly #env: RuntimeEnv
  /** Oldest first. */
  readonly #since = new Map<Substream, number>()

  constructor(env: RuntimeEnv) {
    this.#env = env
  }

  /** Tells the peer that nothing more will come and leaves it a while to do the same. */
  finish(substream: Substream): void {
    substream.close().catch((error) => substream.reset(error))
    if (substream.closed) return
    this.#since.set(substream, this.#env.timers.monoMs())
    substream.onClosed(() => this.#since.delete(substream))
  }

  /** Resets those whose other side has had time enough. */
  tick(): void {
    const longAgo = this.#env.timers.monoMs() - this.#env.limits.answerWriteMs
    for (const [substream, since] of [...this.#since]) {
      if (since > longAgo) return
      this.#since.delete(substream)
      substream.reset(new ResetError('the peer did not close its side'))
    }
  }
}
