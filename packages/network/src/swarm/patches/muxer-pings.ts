/**
 * Pings of the muxer, several under way at a time: each is answered as soon as all bytes before it have arrived.
 *
 * libp2p has one ping under way at a time, and takes any other answer for an error. So the private `handlePingResponse` is replaced, and pings are written by
 * the private `sendPing`. Ours have the upper half of the numbers, the muxer's own count from 0.
 *
 * Seen in @libp2p/yamux 8.0.3; canary: canaries.test.ts.
 */
import type { Stream } from '@libp2p/interface'

/** What a Yamux muxer has inside. */
export interface Pinging {
  handlePingResponse(id: number): void
  sendPing(id: number): void
}

const half = 0x8000_0000

export class MuxerPings {
  /** Called with the number of a ping that was answered. A peer may answer what was never asked, or twice. */
  onAnswer: (number: number) => void = () => {}
  readonly #muxer: Pinging
  #last = 0

  constructor(muxer: Pinging) {
    this.#muxer = muxer
    const { handlePingResponse } = muxer
    muxer.handlePingResponse = (id) => {
      if (id < half) return handlePingResponse.call(muxer, id)
      // The numbers on the wire start over; the answer is to the latest ping that had this one.
      const age = ((this.#last % half) - (id - half) + half) % half
      this.onAnswer(this.#last - age)
    }
  }

  /** Writes the ping with the next number, from 1 on, and returns that. @throws when the connection is over. */
  send(): number {
    this.#last += 1
    this.#muxer.sendPing(half + (this.#last % half))
    return this.#last
  }
}

const byStream = new WeakMap<object, MuxerPings>()

/** The connection that a substream is on has these pings. */
export function notePings(stream: object, pings: MuxerPings): void {
  byStream.set(stream, pings)
}

/** Those of the connection that a peer has opened this substream on; `undefined` for other substreams. */
export function pingsOf(stream: Stream): MuxerPings | undefined {
  return byStream.get(stream)
}
