/** A semaphore per peer: so many hold a permit at a time, the others wait in the order in which they came. */
export class Permits {
  readonly #max: number
  readonly #byPeer = new Map<string, { taken: number; given: number; readonly waiting: Set<() => void> }>()

  constructor(max: number) {
    this.#max = max
  }

  /** How many permits were given for a peer, since nobody held or wanted one; 0: nobody does now. */
  given(peerId: string): number {
    return this.#byPeer.get(peerId)?.given ?? 0
  }

  /** Resolves to a function that gives the permit back; calling it again does nothing. Rejects with `signal.reason`. */
  async take(peerId: string, signal: AbortSignal): Promise<() => void> {
    signal.throwIfAborted()
    const permits = this.#byPeer.get(peerId) ?? { taken: 0, given: 0, waiting: new Set() }
    this.#byPeer.set(peerId, permits)
    if (permits.taken < this.#max) permits.taken++
    else await waitIn(permits.waiting, signal)
    permits.given++
    let held = true
    const giveBack = () => {
      if (!held) return
      held = false
      const [next] = permits.waiting
      if (next !== undefined) return next()
      permits.taken--
      if (permits.taken === 0) this.#byPeer.delete(peerId)
    }
    if (!signal.aborted) return giveBack
    // Granted in the moment of the abort: the caller will never give it back.
    giveBack()
    throw signal.reason
  }
}

function waitIn(waiting: Set<() => void>, signal: AbortSignal): Promise<void> {
  const { promise, resolve, reject } = Promise.withResolvers<void>()
  const goOn = () => {
    leave()
    resolve()
  }
  const giveUp = () => {
    leave()
    reject(signal.reason)
  }
  const leave = () => {
    waiting.delete(goOn)
    signal.removeEventListener('abort', giveUp)
  }
  waiting.add(goOn)
  signal.addEventListener('abort', giveUp, { once: true })
  return promise
}
