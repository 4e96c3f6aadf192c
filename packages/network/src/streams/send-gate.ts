/** When one stream may write its next piece, as far as that is up to the way to its consumer. */
import type { Uplink } from '../exchange/uplink.ts'
import type { Urgency } from '../swarm/turns/write-order.ts'
import type { Confirmed } from './confirmed.ts'
import { pieceBytesMax } from './pieces.ts'

export interface SendGateInit {
  readonly uplink: Uplink
  readonly urgency: Urgency
  /** Where the consumer confirms what it takes. */
  readonly confirmed: Confirmed | undefined
}

export class SendGate {
  readonly #init: SendGateInit
  #leave = () => {}

  constructor(init: SendGateInit) {
    this.#init = init
  }

  /** Whether a piece may be written now. */
  get isFree(): boolean {
    return this.#init.uplink.isFree(this.#init.urgency)
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
    this.#init.confirmed?.sent(bytes, entries)
    this.#init.uplink.sent(bytes)
  }

  /** Resolves when a piece may be written, or after {@link open}. */
  turn(): Promise<void> {
    const { uplink, urgency } = this.#init
    return this.#until((resolve) => uplink.wait(urgency, resolve))
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
