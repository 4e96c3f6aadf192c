/** The proxy that chaos cuts: who dials is known by the address the connection comes from. */
import { once } from 'node:events'
import { connect, createServer, type Socket } from 'node:net'
import { afterEach, expect, test } from 'vitest'
import { type Gate, Network } from '../../scripts/chaos/network.ts'

const cleanups: (() => void)[] = []
afterEach(() => {
  for (const cleanup of cleanups.splice(0)) cleanup()
})

interface Pair {
  readonly network: Network
  readonly near: Socket
  readonly far: Socket
}

async function scene(): Promise<{ network: Network; gate: Gate; dial: () => Socket; accepted: () => Promise<Socket> }> {
  const network = new Network()
  const server = createServer({ allowHalfOpen: true })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const gate = await network.gate('b')
  gate.target = (server.address() as { port: number }).port
  const localAddress = network.address('a')
  const sockets: Socket[] = []
  cleanups.push(() => {
    for (const socket of sockets) socket.destroy()
    network.close()
    server.close()
  })
  const keep = (socket: Socket): Socket => {
    sockets.push(socket.setEncoding('utf8').on('error', () => {}))
    return socket
  }
  return {
    network,
    gate,
    dial: () => keep(connect({ port: gate.port, host: '127.0.0.1', localAddress, allowHalfOpen: true })),
    accepted: async () => keep((await once(server, 'connection'))[0])
  }
}

async function pair(): Promise<Pair> {
  const { network, dial, accepted } = await scene()
  const far = accepted()
  const near = dial()
  return { network, near, far: await far }
}

const heard = async (socket: Socket): Promise<string> => (await once(socket, 'data'))[0]

/** Nothing can have arrived in the other direction by the time a round trip in this one is done. */
async function roundTrip({ near, far }: Pair): Promise<void> {
  near.write('there')
  expect(await heard(far)).toBe('there')
}

test('passes on what is said, and the end of it', async () => {
  const { near, far } = await pair()
  near.end('ping')
  expect(await heard(far)).toBe('ping')
  await once(far, 'end')
  far.end('pong')
  expect(await heard(near)).toBe('pong')
  await once(near, 'end')
})

test('a cut holds back one direction only, and mending lets it through, the end included', async () => {
  const both = await pair()
  const { network, near, far } = both
  network.cut('b', 'a')
  const said: string[] = []
  near.on('data', (text: string) => said.push(text)).on('end', () => said.push('end'))
  far.end('held back')
  await roundTrip(both)
  await roundTrip(both)
  expect(said).toEqual([])
  network.mend('b', 'a')
  await once(near, 'end')
  expect(said).toEqual(['held back', 'end'])
})

test('who is gone behind a cut is seen to be gone after it', async () => {
  const { network, near, far } = await pair()
  network.cut('b', 'a')
  network.cut('a', 'b')
  far.destroy()
  await once(far, 'close')
  near.write('into the void')
  expect(near.destroyed).toBe(false)
  network.mend('b', 'a')
  network.mend('a', 'b')
  near.resume()
  await once(near, 'end')
})

test('a connection through a cut stands once both directions are mended', async () => {
  const { network, dial, accepted } = await scene()
  network.cut('b', 'a')
  let stands = false
  const far = accepted().then((socket) => {
    stands = true
    return socket
  })
  const near = dial()
  near.write('hello')
  await once(near, 'connect')
  network.cut('a', 'b')
  network.mend('b', 'a')
  expect(stands).toBe(false)
  network.mend('a', 'b')
  expect(await heard(await far)).toBe('hello')
})

test('cuts between others hold nothing back', async () => {
  const both = await pair()
  both.network.cut('a', 'c')
  both.network.cut('c', 'b')
  await roundTrip(both)
})

test('strangers, and a place where nobody listens yet, are refused', async () => {
  const { gate, dial } = await scene()
  const stranger = connect({ port: gate.port, host: '127.0.0.1' }).resume()
  await once(stranger, 'close')
  gate.target = undefined
  await once(dial().resume(), 'end')
})
