/** Who may go on, per peer: so many at a time, the others in the order in which they came. */
export class Turns {
  readonly #max: number
  readonly #byPeer = new Map<string, { taken: number; readonly waiting: Set<() => void> }>()

  constructor(max: number) {
    this.#max = max
  }

  /** Resolves to what gives the turn back. Rejects with `signal.reason`. */
  async take(peerId: string, signal: AbortSignal): Promise<() => void> {
    signal.throwIfAborted()
    const turns = this.#byPeer.get(peerId) ?? { taken: 0, waiting: new Set() }
    this.#byPeer.set(peerId, turns)
    if (turns.taken < this.#max) turns.taken++
    else await waitIn(turns.waiting, signal)
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
