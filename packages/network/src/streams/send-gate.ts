/** When one stream may write its next piece, as far as that is up to the way to its consumer. */
import { afterThis } from '#turns'
import type { Uplink } from '../exchange/uplink.ts'
import { pieceBytesMax, turnBytesMax } from '../settings.ts'
import type { Place, Urgency } from '../swarm/turns/write-order.ts'
import type { Confirmed } from './confirmed.ts'

export interface SendGateInit {
  readonly uplink: Uplink
  readonly urgency: Urgency
  /** Where the consumer confirms what it takes. */
  readonly confirmed: Confirmed | undefined
}

export class SendGate {
  readonly #init: SendGateInit
  /** Written in this turn. */
  #turnBytes = 0
  /** It was given a turn just now, and has not used it yet. */
  #isGiven = false
  #leave = () => {}

  constructor(init: SendGateInit) {
    this.#init = init
  }

  /** Whether a piece may be written now. */
  get isFree(): boolean {
    return this.#isGiven || this.#init.uplink.isFree(this.#init.urgency, this.#place)
  }

  get #place(): Place {
    return this.#turnBytes > 0 && this.#turnBytes < turnBytesMax ? 'begun' : 'next'
  }

  /** What was begun is finished, and so is the turn that was for it. */
  endTurn(): void {
    this.#turnBytes = 0
    this.#isGiven = false
  }

  /** Whether another entry may be begun, where only the newest is wanted. */
  get takesEntry(): boolean {
    return this.#init.confirmed?.hasRoom ?? true
  }

  /** Most bytes of the next piece. */
  get pieceBytes(): number {
    return this.#init.uplink.pieceBytes(pieceBytesMax)
  }

  sent(bytes: number, entries: bigint): void {
    this.#init.confirmed?.sent(entries)
    this.#init.uplink.sent(bytes)
    this.#turnBytes += bytes
    this.#isGiven = false
  }

  /** Resolves when a piece may be written, or after {@link open}. */
  turn(): Promise<void> {
    const { uplink, urgency } = this.#init
    const place = this.#place
    if (place === 'next') this.endTurn()
    return this.#until((resolve) =>
      uplink.wait(
        urgency,
        () => {
          this.#give()
          resolve()
        },
        place
      )
    )
  }

  /** The turn counts, whoever has begun to wait since; if there is nothing to write any more it is over. */
  #give(): void {
    this.#isGiven = true
    afterThis(() => {
      this.#isGiven = false
    })
  }

  /** Resolves after the next confirmation, or after {@link open}. */
  confirmation(): Promise<void> {
    const { confirmed } = this.#init
    if (confirmed === undefined) return Promise.resolve()
    return this.#until((resolve) => {
      confirmed.onChange = resolve
      return () => {
        confirmed.onChange = () => {}
      }
    })
  }

  /** Nobody waits here any more: the stream is at its end. */
  open(): void {
    this.#leave()
  }

  #until(wait: (resolve: () => void) => () => void): Promise<void> {
    return new Promise((resolve) => {
      let stop = () => {}
      this.#leave = () => {
        stop()
        resolve()
      }
      stop = wait(() => this.#leave())
    })
  }
}
