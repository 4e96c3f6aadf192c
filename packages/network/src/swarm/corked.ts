/**
 * Sockets that write what belongs together at once.
 *
 * An encrypted message is handed to the socket in three or four parts, and each would be a system call and a packet of its own, and wake the other
 * side for two bytes. So what one turn of the event loop writes is held back until its end.
 */
import { Socket } from 'node:net'
import type { MessageStream } from '@libp2p/interface'

/** What libp2p's connections have inside. */
interface Sending {
  socket: Socket
  sendData(data: Iterable<Uint8Array>): { sentBytes: number; canSendMore: boolean }
}

/** The same connection; one without a socket is left as it is. */
export function corked<C extends MessageStream>(connection: C): C {
  const sending = connection as unknown as Partial<Sending>
  const { socket } = sending
  if (!(socket instanceof Socket) || typeof sending.sendData !== 'function') return connection
  const uncork = () => socket.uncork()
  sending.sendData = (data) => {
    if (socket.writableCorked === 0) {
      socket.cork()
      process.nextTick(uncork)
    }
    let sentBytes = 0
    let canSendMore = true
    for (const part of data) {
      canSendMore = socket.write(part)
      sentBytes += part.byteLength
    }
    return { sentBytes, canSendMore }
  }
  return connection
}
