/**
 * Pings of the muxer, several under way at a time: each is answered as soon as all bytes before it have arrived.
 *
 * libp2p has one ping under way at a time, takes any other answer for an error that ends the connection, and tells nobody of the answers. So the private
 * `handlePingResponse` is replaced, and pings are written by the private `sendPing`. Ours have the upper half of the numbers, the muxer's own count from 0.
 *
 * Seen in @libp2p/yamux 8.0.3; canary: canaries.test.ts.
 */

/** What a Yamux muxer has inside. */
export interface Pinging {
  handlePingResponse(id: number): void
  sendPing(id: number): void
}

const half = 0x8000_0000

export class MuxerPings {
  readonly #muxer: Pinging
  #last = 0
  /** Those under way, in order. */
  #waiting: { readonly number: number; readonly onAnswer: () => void }[] = []

  constructor(muxer: Pinging) {
    this.#muxer = muxer
    const { handlePingResponse } = muxer
    muxer.handlePingResponse = (id) => {
      if (id < half) return handlePingResponse.call(muxer, id)
      // The numbers on the wire start over; the answer is to the latest ping that had this one.
      const age = ((this.#last % half) - (id - half) + half) % half
      this.#answered(this.#last - age)
    }
  }

  /** Writes a ping; `onAnswer` is called once, when it or a later one is answered. @throws when the connection is over. */
  send(onAnswer: () => void): void {
    this.#muxer.sendPing(half + ((this.#last + 1) % half))
    this.#last += 1
    this.#waiting.push({ number: this.#last, onAnswer })
  }

  /** A peer may answer what was never asked, or twice: then nobody waits for it. */
  #answered(number: number): void {
    if (!this.#waiting.some((each) => each.number === number)) return
    const over = this.#waiting.filter((each) => each.number <= number)
    this.#waiting = this.#waiting.slice(over.length)
    for (const { onAnswer } of over) onAnswer()
  }
}

const byOwner = new WeakMap<object, MuxerPings>()

/** These pings are of a muxer, or of the connection that a substream is on. */
export function notePings(owner: object, pings: MuxerPings): void {
  byOwner.set(owner, pings)
}

/** Those of a muxer, or of the connection that a peer has opened this substream on; `undefined` for others. */
export function pingsOf(owner: object): MuxerPings | undefined {
  return byOwner.get(owner)
}
