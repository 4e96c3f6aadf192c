import { abortable } from '@auki/canonical'
import type { RuntimeEnv } from './env.ts'
import { DeadlineError } from './exchange-errors.ts'

/**
 * The life of one exchange with a peer: one signal that ends it early, for whatever reason.
 *
 * Whoever aborts it (the caller, a deadline, the allow-list, the shutdown) gives the reason; everything the exchange waits for rejects with it.
 */
export class Exchange {
  readonly #env: RuntimeEnv
  readonly #controller = new AbortController()
  readonly #outer: AbortSignal | undefined
  readonly #onOuterAbort: () => void

  constructor(env: RuntimeEnv, outer?: AbortSignal) {
    this.#env = env
    this.#outer = outer
    this.#onOuterAbort = () => this.abort(outer?.reason)
    outer?.addEventListener('abort', this.#onOuterAbort, { once: true })
    if (outer?.aborted) this.#onOuterAbort()
  }

  /** One phase of an exchange that may fail without ending the whole: it has a deadline of its own, and ends with the whole. */
  static async part<T>(
    env: RuntimeEnv,
    outer: AbortSignal,
    phase: string,
    durationMs: number,
    work: (signal: AbortSignal) => Promise<T>
  ): Promise<T> {
    const part = new Exchange(env, outer)
    try {
      return await part.within(phase, durationMs, () => abortable(work(part.signal), part.signal))
    } finally {
      part.end()
    }
  }

  get signal(): AbortSignal {
    return this.#controller.signal
  }

  /** Does one phase of it; when that takes longer, the exchange is aborted with a {@link DeadlineError}. */
  async within<T>(phase: string, durationMs: number, work: () => Promise<T>): Promise<T> {
    this.signal.throwIfAborted()
    const cancel = this.#env.timers.after(durationMs, () => this.abort(new DeadlineError(phase, durationMs)))
    try {
      return await work()
    } finally {
      cancel()
    }
  }

  /** Ends it early; only the first reason counts. */
  abort(reason: unknown): void {
    this.#controller.abort(reason)
  }

  /** To be called when an exchange with an outer signal is over, however it ended: no listener stays behind. */
  end(): void {
    this.#outer?.removeEventListener('abort', this.#onOuterAbort)
  }
}
