import { abortable } from '@auki/canonical'
import type { RuntimeEnv } from './env.ts'
import { DeadlineError } from './exchange-errors.ts'

/**
 * One exchange with a peer, and the one signal that ends it early.
 *
 * The caller, a deadline, the allow-list or the shutdown may abort it and give the reason; all that the exchange waits for rejects with that reason.
 */
export class Exchange {
  readonly #env: Pick<RuntimeEnv, 'timers'>
  readonly #controller = new AbortController()
  readonly #outer: AbortSignal | undefined
  readonly #onOuterAbort: () => void

  constructor(env: Pick<RuntimeEnv, 'timers'>, outer?: AbortSignal) {
    this.#env = env
    this.#outer = outer
    this.#onOuterAbort = () => this.abort(outer?.reason)
    outer?.addEventListener('abort', this.#onOuterAbort, { once: true })
    if (outer?.aborted) this.#onOuterAbort()
  }

  /** Does a part of an exchange that may fail, or miss its deadline, without ending the whole; when the whole ends, so does the part. */
  static async part<T>(
    env: Pick<RuntimeEnv, 'timers'>,
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

  /** What made it fail, where `thrown` came out of it: why it was aborted, if it was. @throws the reason of the outer signal. */
  causeOf(thrown: unknown): unknown {
    const cause = this.signal.aborted ? this.signal.reason : thrown
    if (this.#outer?.aborted && cause === this.#outer.reason) throw cause
    return cause
  }

  /** Removes the listener on the outer signal; to be called when the exchange is over, however it ended. */
  end(): void {
    this.#outer?.removeEventListener('abort', this.#onOuterAbort)
  }
}
