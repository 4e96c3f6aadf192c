interface Wait {
  resolve(): void
  reject(error: unknown): void
}

/** Promises that wait for peers to be connected. */
export class Waits {
  readonly #byPeer = new Map<string, Set<Wait>>()

  /** Resolves at {@link resolve}; rejects at {@link reject} or with `signal.reason`. */
  wait(peerId: string, signal?: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      if (signal?.aborted) return reject(signal.reason)
      let waits = this.#byPeer.get(peerId)
      if (!waits) {
        waits = new Set()
        this.#byPeer.set(peerId, waits)
      }
      const forget = () => {
        signal?.removeEventListener('abort', onAbort)
        waits.delete(wait)
        if (waits.size === 0 && this.#byPeer.get(peerId) === waits) this.#byPeer.delete(peerId)
      }
      const settle =
        <T extends unknown[]>(how: (...given: T) => void) =>
        (...given: T) => {
          forget()
          how(...given)
        }
      const onAbort = () => wait.reject(signal?.reason)
      const wait: Wait = { resolve: settle(resolve), reject: settle(reject) }
      waits.add(wait)
      signal?.addEventListener('abort', onAbort, { once: true })
    })
  }

  resolve(peerId: string): void {
    for (const wait of [...(this.#byPeer.get(peerId) ?? [])]) wait.resolve()
  }

  reject(peerId: string, error: unknown): void {
    for (const wait of [...(this.#byPeer.get(peerId) ?? [])]) wait.reject(error)
  }

  rejectAll(error: unknown): void {
    for (const peerId of [...this.#byPeer.keys()]) this.reject(peerId, error)
  }
}
