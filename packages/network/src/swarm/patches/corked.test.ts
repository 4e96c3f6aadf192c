import { once } from 'node:events'
import { connect, createServer, type Socket } from 'node:net'
import type { MessageStream } from '@libp2p/interface'
import { afterEach, describe, expect, test } from 'vitest'
import { turn } from '../../testing/manual-timers.ts'
import { corked } from './corked.ts'

const opened: { destroy?(): unknown; close?(): unknown }[] = []
afterEach(() => {
  for (const one of opened.splice(0)) (one.destroy ?? one.close)!.call(one)
})

/** A socket, what its other end gets, and how many chunks each system call took. */
async function setUp() {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const client = connect((server.address() as { port: number }).port, '127.0.0.1')
  const [[socket]] = (await Promise.all([once(server, 'connection'), once(client, 'connect')])) as [[Socket], unknown]
  opened.push(socket, client, server)
  const calls: number[] = []
  const inner = client as unknown as Record<'_writev' | '_write', (...args: unknown[]) => void>
  const { _writev, _write } = inner
  inner._writev = (...args) => {
    calls.push((args[0] as unknown[]).length)
    _writev.apply(client, args)
  }
  inner._write = (...args) => {
    calls.push(1)
    _write.apply(client, args)
  }
  const got: Buffer[] = []
  socket.on('data', (chunk) => got.push(chunk))
  const received = async (bytes: number): Promise<Buffer> => {
    while (got.reduce((sum, { length }) => sum + length, 0) < bytes) await once(socket, 'data')
    return Buffer.concat(got)
  }
  type Connection = MessageStream & { sendData(data: Iterable<Uint8Array>): { sentBytes: number; canSendMore: boolean } }
  const connection = corked({ socket: client, sendData: () => ({ sentBytes: 0, canSendMore: false }) } as unknown as Connection)
  return { connection, calls, received, client }
}

describe('a connection over a socket', () => {
  test('writes what belongs to one turn at once, in order, and the next turn on its own', async () => {
    const { connection, calls, received } = await setUp()
    expect(connection.sendData([Uint8Array.of(1), Uint8Array.of(2, 3)])).toEqual({ sentBytes: 3, canSendMore: true })
    connection.sendData([Uint8Array.of(4)])
    expect(calls).toEqual([])
    await turn()
    expect(calls).toEqual([3])
    connection.sendData([Uint8Array.of(5)])
    await turn()
    expect(calls).toHaveLength(2)
    expect([...(await received(5))]).toEqual([1, 2, 3, 4, 5])
  })

  test('says when the socket takes no more for now, and loses nothing of what it was given', async () => {
    const { connection, received } = await setUp()
    const large = new Uint8Array(4_000_000).fill(7)
    expect(connection.sendData([large, Uint8Array.of(8)])).toEqual({ sentBytes: 4_000_001, canSendMore: false })
    const all = await received(4_000_001)
    expect(all.equals(Buffer.concat([large, Uint8Array.of(8)]))).toBe(true)
  })

  test('that is gone throws nothing at the end of the turn', async () => {
    const { connection, client } = await setUp()
    client.on('error', () => {})
    connection.sendData([Uint8Array.of(1)])
    client.destroy()
    connection.sendData([Uint8Array.of(2)])
    await turn()
    expect(client.destroyed).toBe(true)
  })
})

test('a connection that has no socket, or is built otherwise, is left as it is', () => {
  const sendData = () => ({ sentBytes: 0, canSendMore: true })
  for (const other of [{ sendData }, { socket: {}, sendData }]) {
    expect(corked(other as unknown as MessageStream)).toBe(other)
    expect(other.sendData).toBe(sendData)
  }
})
