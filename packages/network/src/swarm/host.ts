/** What the operating system knows of our addresses, and of names. */
import { createSocket } from 'node:dgram'
import { lookup } from 'node:dns/promises'
import { once } from 'node:events'
import { connect } from 'node:net'
import { networkInterfaces } from 'node:os'

/** An IP address of this machine, and the name of the network interface that has it. */
export interface Interface {
  readonly name: string
  readonly ip: string
}

/** Every IP that a name stands for. @throws whatever the lookup throws. */
export async function resolveName(host: string): Promise<string[]> {
  return (await lookup(host, { all: true })).map(({ address }) => address)
}

export interface RefusalOptions {
  readonly timeoutMs: number
  readonly signal: AbortSignal
}

/** Whether a machine says that nobody listens on a port of its own; `false`: somebody does, or it does not answer. */
export async function refuses(host: string, port: number, { timeoutMs, signal }: RefusalOptions): Promise<boolean> {
  const socket = connect({ host, port, timeout: timeoutMs, signal })
  socket.unref()
  try {
    await Promise.race([once(socket, 'connect'), once(socket, 'timeout')])
    return false
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'ECONNREFUSED'
  } finally {
    socket.destroy()
  }
}

export function interfaces(): Interface[] {
  return Object.entries(networkInterfaces()).flatMap(([name, addresses = []]) => addresses.map(({ address }) => ({ name, ip: address })))
}

/**
 * The IPs of this machine from which packets to a host would leave, one per family it can be reached by.
 *
 * A UDP socket that is connected sends nothing; it only takes the address that the routing table chooses.
 */
export async function routesTo(host: string): Promise<string[]> {
  const found = await Promise.all((['udp4', 'udp6'] as const).map((type) => localIp(type, host)))
  return found.filter((ip) => ip !== undefined)
}

/** Any port will do. */
const discardPort = 9

async function localIp(type: 'udp4' | 'udp6', host: string): Promise<string | undefined> {
  const socket = createSocket(type)
  socket.unref()
  try {
    socket.connect(discardPort, host)
    await once(socket, 'connect')
    return socket.address().address
  } catch {
    // No route, no such family, no such name: then this says nothing.
    return undefined
  } finally {
    socket.close()
  }
}
