/** Our encryption against the library's own; and whether its quick way is still taken, which an upgrade of the library may end without an error. */
import nodeCrypto, { type KeyObject } from 'node:crypto'
import { syncBuiltinESMExports } from 'node:module'
import { Socket } from 'node:net'
import { noise } from '@libp2p/noise'
import { tcp } from '@libp2p/tcp'
import { yamux } from '@libp2p/yamux'
import { createLibp2p } from 'libp2p'
import { afterEach, describe, expect, test, vi } from 'vitest'
import { startRaw, until } from '../../testing/peers.ts'
import { nodeOf } from '../swarm.ts'

afterEach(() => {
  vi.restoreAllMocks()
  syncBuiltinESMExports()
})

/** Around where messages are encrypted in another way, and where they are cut. */
const sizes = [1, 100, 350, 380, 399, 400, 401, 1_199, 1_200, 16_384, 65_507, 65_519, 65_520, 131_072, 300_000]

/** A node that encrypts as the library does. */
async function plainNode() {
  const libp2p = await createLibp2p({
    addresses: { listen: ['/ip4/127.0.0.1/tcp/0'] },
    transports: [tcp()],
    connectionEncrypters: [noise()],
    streamMuxers: [yamux()]
  })
  const multiaddrs = libp2p.getMultiaddrs().map((address) => address.toString().replace(/\/p2p\/.*/, ''))
  return { libp2p, peerId: libp2p.peerId.toString(), multiaddrs, [Symbol.asyncDispose]: () => libp2p.stop() as Promise<void> }
}

/** Sends as much as that over a substream that sends everything back. */
async function echoed(open: () => ReturnType<Awaited<ReturnType<typeof startRaw>>['open']>): Promise<void> {
  const substream = await open()
  const sent = sizes.map((bytes) => new Uint8Array(nodeCrypto.randomBytes(bytes)))
  for (const bytes of sent) {
    const before = substream.received.length
    substream.send(bytes)
    await until(() => substream.received.length === before + bytes.length)
  }
  expect(substream.received.equals(Buffer.concat(sent))).toBe(true)
  await substream.stream.close()
}

describe('our encryption', () => {
  test('is understood by the library, and understands it, whoever dialled', async () => {
    await using plain = await plainNode()
    await plain.libp2p.handle('/echo', (stream) => stream.addEventListener('message', ({ data }) => stream.send(data)))
    const raw = await startRaw()
    await echoed(() => raw.open(plain, '/echo'))
    await raw.swarm.stop()
    const dialled = await startRaw()
    await plain.libp2p.dial(nodeOf(dialled.swarm).libp2p.getMultiaddrs())
    await until(() => nodeOf(dialled.swarm).libp2p.getConnections().length === 1)
    await echoed(() => dialled.open(plain, '/echo'))
  })

  test('takes its quick way: a prepared key for each message of some size, nothing copied, one write a turn', async () => {
    const [encrypting, decrypting, corking] = [
      vi.spyOn(nodeCrypto, 'createCipheriv'),
      vi.spyOn(nodeCrypto, 'createDecipheriv'),
      vi.spyOn(Socket.prototype, 'cork')
    ]
    syncBuiltinESMExports()
    const [one, other] = [await startRaw(), await startRaw()]
    other.serve('/echo', ({ stream }) => stream.addEventListener('message', ({ data }) => stream.send(data)))
    await echoed(() => one.open(other, '/echo'))
    for (const spy of [encrypting, decrypting]) {
      const keys = new Set(spy.mock.calls.map(([, key]) => key as unknown as KeyObject))
      // Two nodes, a key for each direction.
      expect(keys.size).toBe(2)
      for (const key of keys) expect(key).toBeInstanceOf(nodeCrypto.KeyObject)
    }
    expect(corking).toHaveBeenCalled()
    for (const { swarm } of [one, other]) {
      const [connection] = nodeOf(swarm).libp2p.getConnections() as unknown as { muxer: { maConn: object } }[]
      expect(Object.hasOwn(connection!.muxer.maConn, 'decrypt')).toBe(true)
    }
  })

  test.each([100, 1_000, 60_000])('lets nothing of a message of %i bytes through that was changed on its way', async (length) => {
    const [one, other] = [await startRaw(), await startRaw()]
    const received: number[] = []
    other.serve('/sink', ({ stream }) => stream.addEventListener('message', ({ data }) => received.push(data.byteLength)))
    const { stream } = await one.open(other, '/sink')
    stream.send(new Uint8Array(length))
    await until(() => received.reduce((sum, bytes) => sum + bytes, 0) === length)
    const [connection] = nodeOf(one.swarm).libp2p.getConnections() as unknown as {
      maConn: { sendData(data: Iterable<Uint8Array>): unknown }
    }[]
    const { maConn } = connection!
    const { sendData } = maConn
    maConn.sendData = (data) => {
      const bytes = Buffer.concat([...data])
      const at = bytes.length - 50
      bytes.writeUInt8(bytes.readUInt8(at) ^ 1, at)
      return sendData.call(maConn, [bytes])
    }
    stream.send(new Uint8Array(length))
    await until(() => nodeOf(other.swarm).libp2p.getConnections().length === 0)
    expect(received.reduce((sum, bytes) => sum + bytes, 0)).toBe(length)
  })

  test.each([1, 15, 16, 17, 399, 400, 416, 60_000])(
    'cuts a connection on which %i bytes come that are no message, and takes the next',
    async (length) => {
      const [one, other] = [await startRaw(), await startRaw()]
      await one.connect(other)
      const { libp2p } = nodeOf(other.swarm)
      await until(() => libp2p.getConnections().length === 1)
      const [connection] = nodeOf(one.swarm).libp2p.getConnections() as unknown as { maConn: { socket: Socket } }[]
      const garbage = Buffer.alloc(2 + length, 0xaa)
      garbage.writeUInt16BE(length)
      connection!.maConn.socket.write(garbage)
      await until(() => libp2p.getConnections().length === 0)
      await (await startRaw()).connect(other)
    }
  )
})
