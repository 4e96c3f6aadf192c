/**
 * Sockets that write once per turn of the event loop, and note when what they read has arrived.
 *
 * An encrypted message is handed to the socket in three or four parts. Each would be a system call and a packet of its own, and would wake the other
 * side for as little as two bytes. So what one turn of the event loop writes is held back until its end. The `sendData` of a TCP connection is replaced for
 * that: it uses the connection's private `socket`, and on the way the socket's `data` events get a time stamp.
 *
 * Seen in @libp2p/tcp 11.0.28; canary: canaries.test.ts, and counted in system calls: corked.test.ts.
 */
import { Socket } from 'node:net'
import type { MessageStream } from '@libp2p/interface'
import { handleArrival } from '../turns/arrival.ts'

/** What libp2p's connections have inside. */
interface Sending {
  socket: Socket
  sendData(data: Iterable<Uint8Array>): { sentBytes: number; canSendMore: boolean }
}

/** Returns the same connection; one without a socket, or built in another way, is left as it is. */
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

/** libp2p's own listener runs between these two, so all that it leads to at once sees the stamp. */
function stampArrivals(socket: Socket): void {
  socket.prependListener('data', () => {
    const arrivedNs = process.hrtime.bigint()
    handleArrival(() => process.hrtime.bigint() - arrivedNs)
  })
  socket.on('data', () => handleArrival(undefined))
}
