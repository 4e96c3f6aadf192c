/** Who may go on, per peer: so many at a time, the others in the order in which they came. */
export class Turns {
  readonly #max: number
  readonly #byPeer = new Map<string, { taken: number; given: number; readonly waiting: Set<() => void> }>()

  constructor(max: number) {
    this.#max = max
  }

  /** How many turns there have been at a peer, since it was last left alone. */
  given(peerId: string): number {
    return this.#byPeer.get(peerId)?.given ?? 0
  }

  /** Resolves to what gives the turn back. Rejects with `signal.reason`. */
  async take(peerId: string, signal: AbortSignal): Promise<() => void> {
    signal.throwIfAborted()
    const turns = this.#byPeer.get(peerId) ?? { taken: 0, given: 0, waiting: new Set() }
    this.#byPeer.set(peerId, turns)
    if (turns.taken < this.#max) turns.taken++
    else await waitIn(turns.waiting, signal)
    turns.given++
    let held = true
    const giveBack = () => {
      if (!held) return
      held = false
      const [next] = turns.waiting
      if (next !== undefined) return next()
      turns.taken--
      if (turns.taken === 0) this.#byPeer.delete(peerId)
    }
    if (!signal.aborted) return giveBack
    // It came as we gave up: nobody else would give it back.
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
