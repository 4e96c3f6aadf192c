/**
 * Sockets that write what belongs together at once, and that say when what they read arrived.
 *
 * An encrypted message is handed to the socket in three or four parts, and each would be a system call and a packet of its own, and wake the other
 * side for two bytes. So what one turn of the event loop writes is held back until its end.
 */
import { Socket } from 'node:net'
import type { MessageStream } from '@libp2p/interface'
import { handleArrival } from './arrival.ts'

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
  stampArrivals(socket)
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

/** The connection's listener comes between these two. */
function stampArrivals(socket: Socket): void {
  socket.prependListener('data', () => {
    const arrivedNs = process.hrtime.bigint()
    handleArrival(() => process.hrtime.bigint() - arrivedNs)
  })
  socket.on('data', () => handleArrival(undefined))
}
