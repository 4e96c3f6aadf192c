import { abortable } from '@auki/canonical'

/** Lets callers wait until there is domain time. `check` must be called after every change that may bring it. */
export class ClockWait {
  readonly #isKnown: () => boolean
  readonly #waiting = new Set<() => void>()

  constructor(isKnown: () => boolean) {
    this.#isKnown = isKnown
  }

  /** Resolves once domain time is known. @throws `signal.reason` */
  async until(signal: AbortSignal): Promise<void> {
    signal.throwIfAborted()
    if (this.#isKnown()) return
    const { promise, resolve } = Promise.withResolvers<void>()
    this.#waiting.add(resolve)
    await abortable(promise, signal).finally(() => this.#waiting.delete(resolve))
  }

  check(): void {
    if (this.#waiting.size === 0 || !this.#isKnown()) return
    for (const resolve of this.#waiting) resolve()
  }
}
