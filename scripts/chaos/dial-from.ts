import { Socket } from 'node:net'

/**
 * From now on every TCP connection that this process opens comes from the given address of the loopback network (127.0.0.0/8, all of it on Linux).
 *
 * A proxy sees only sockets; by this it knows whose they are.
 */
export function dialFrom(localAddress: string): void {
  const connect = Socket.prototype.connect as (this: Socket, ...args: unknown[]) => Socket
  Socket.prototype.connect = function (this: Socket, ...args: unknown[]) {
    const first = Array.isArray(args[0]) ? args[0][0] : args[0] // Node has put them into one list already when it is called by `net.connect`
    if (typeof first === 'object' && first !== null && 'port' in first) Object.assign(first, { localAddress })
    return connect.apply(this, args)
  }
}
