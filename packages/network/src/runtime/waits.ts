import { type AbortSignalLike, abortable } from '@auki/canonical'

/** Promises that wait for peers to be connected. */
export class Waits {
  readonly #byPeer = new Map<string, Set<PromiseWithResolvers<void>>>()

  /** Resolves at {@link resolve}; rejects at {@link reject} or with `signal.reason`. */
  wait(peerId: string, signal?: AbortSignalLike): Promise<void> {
    const wait = Promise.withResolvers<void>()
    const waits = this.#byPeer.get(peerId) ?? new Set()
    this.#byPeer.set(peerId, waits.add(wait))
    return abortable(wait.promise, signal).finally(() => {
      waits.delete(wait)
      if (waits.size === 0 && this.#byPeer.get(peerId) === waits) this.#byPeer.delete(peerId)
    })
  }

  resolve(peerId: string): void {
    for (const wait of this.#byPeer.get(peerId) ?? []) wait.resolve()
  }

  reject(peerId: string, error: unknown): void {
    for (const wait of this.#byPeer.get(peerId) ?? []) wait.reject(error)
  }

  rejectAll(error: unknown): void {
    for (const peerId of this.#byPeer.keys()) this.reject(peerId, error)
  }
}
