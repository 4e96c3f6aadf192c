/**
 * The room a peer has on a substream: what it may send before we have taken what it sent.
 *
 * The muxer gives room back as soon as bytes have come, whether anybody took them or not, and asking it to pause does not hold while it hands out what it
 * has kept: it forgets a pause that is asked for meanwhile. So nothing is asked of it. What nobody has taken simply counts as not yet read.
 */
import type { Stream } from '@libp2p/interface'

/** What Yamux's substreams have inside. */
interface Receiving {
  /** What the peer may send after an update, and what of that is left. */
  readonly recvWindow: number
  recvWindowCapacity: number
  sendWindowUpdate(): void
}

/**
 * Room is given back for what was taken only: `untaken` counts the bytes that were received and not taken. Half a window at a time, where the muxer
 * would say so after every piece.
 *
 * @returns gives room back; to be called when something was taken.
 */
export function holdRoom(stream: Stream, untaken: () => number): () => void {
  const receiving = stream as unknown as Receiving
  const { sendWindowUpdate } = receiving
  if (sendWindowUpdate === undefined)
    throw new TypeError('a substream of this muxer has no window: use the version of @libp2p/yamux we ask for')
  receiving.sendWindowUpdate = () => {
    const waiting = untaken()
    if ((receiving.recvWindowCapacity + waiting) * 2 > receiving.recvWindow) return
    // The muxer fills the window up to its size, so what waits must look like room that the peer still has.
    receiving.recvWindowCapacity += waiting
    try {
      sendWindowUpdate.call(stream)
    } finally {
      receiving.recvWindowCapacity -= waiting
    }
  }
  return () => {
    if (stream.remoteWriteStatus === 'closed') return
    try {
      receiving.sendWindowUpdate()
    } catch {
      // The connection is gone, and its end is told to whoever listens.
    }
  }
}
