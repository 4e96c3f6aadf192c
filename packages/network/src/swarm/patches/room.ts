/**
 * Flow control by what was consumed: the receive window of a substream opens only for bytes that somebody has taken.
 *
 * Yamux opens the window as soon as bytes have arrived, whether anybody took them or not. Pausing a stream does not help, because a pause that is asked for
 * while the muxer hands out what it has buffered is forgotten. So its private `sendWindowUpdate` is replaced: bytes that nobody has taken count as not yet
 * received.
 *
 * Seen in @libp2p/yamux 8.0.3; canary: canaries.test.ts, and by what a peer can send: exchange/substream.test.ts.
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
 * Opens the window for consumed bytes only, half a window at a time: the muxer would send an update after every piece.
 *
 * @param untaken - counts the bytes that were received and not taken
 * @returns opens the window as far as it may be; to be called when something was taken
 */
export function holdRoom(stream: Stream, untaken: () => number): () => void {
  const receiving = stream as unknown as Receiving
  const { sendWindowUpdate } = receiving
  if (sendWindowUpdate === undefined)
    throw new TypeError('a substream of this muxer has no window: use the version of @libp2p/yamux we ask for')
  receiving.sendWindowUpdate = () => {
    const waiting = untaken()
    if ((receiving.recvWindowCapacity + waiting) * 2 > receiving.recvWindow) return
    // The muxer opens the window up to its size, so bytes that wait must look like window that the peer has not used yet.
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
      // The connection is gone; the substream's listeners are told of that.
    }
  }
}
