/** Tells a producer how many entries of a stream we have taken: at once where it was not told for a while, else together with what follows. */
import type { Clock } from '@auki/canonical'
import type { Substream } from '../exchange/substream.ts'
import { encodeConfirmation } from '../protocols/stream-confirmation.ts'

export class Confirming {
  readonly #substream: Substream
  readonly #timers: Clock
  readonly #everyMs: number
  #taken = 0
  #told = 0
  #cancelPause: (() => void) | undefined

  /** @param everyMs - from one confirmation to the next at least */
  constructor(substream: Substream, timers: Clock, everyMs: number) {
    this.#substream = substream
    this.#timers = timers
    this.#everyMs = everyMs
  }

  /** An entry was taken. */
  take(): void {
    this.#taken += 1
    if (this.#cancelPause === undefined) this.#tell()
  }

  stop(): void {
    this.#cancelPause?.()
    this.#cancelPause = () => {}
  }

  #tell(): void {
    this.#cancelPause = undefined
    if (this.#taken === this.#told || this.#substream.closed) return
    // A producer that does not read them gets no more: the next one says the same, and what came since.
    if (this.#substream.flushed) this.#send()
    this.#cancelPause = this.#timers.after(this.#everyMs, () => this.#tell())
  }

  #send(): void {
    this.#told = this.#taken
    try {
      this.#substream.send([encodeConfirmation(BigInt(this.#taken))])
    } catch {
      // Our side is closed: nothing more is to be confirmed.
    }
  }
}
