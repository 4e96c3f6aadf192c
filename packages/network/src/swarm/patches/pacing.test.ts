/** What anybody who connects can make a real node do. */
import { connect } from 'node:net'
import type { Stream } from '@libp2p/interface'
import { expect, test } from 'vitest'
import { RawSubstream, startPeer, startRaw, until } from '../../testing/peers.ts'

const line = (text: string): Buffer => Buffer.from([text.length + 1, ...Buffer.from(`${text}\n`)])
const greeting = line('/multistream/1.0.0')
const refusals = (bytes: Buffer): number => bytes.toString('latin1').split('na\n').length - 1
/** As many as one piece can hold. */
const unknownProtocols = Buffer.alloc(60_000, line('a'))

interface Muxed {
  readonly muxer: { readonly maConn: { send(bytes: Uint8Array): boolean }; createStream(): Promise<Stream> }
}

test('a socket that asks for one protocol after the other is answered a few times and closed', async () => {
  const peer = await startPeer()
  const [, , host, , port] = peer.multiaddrs[0]!.split('/')
  const socket = connect(Number(port), host!)
  const got: Buffer[] = []
  socket.on('data', (chunk) => got.push(chunk)).on('error', () => {})
  socket.write(Buffer.concat([greeting, unknownProtocols]))
  await new Promise((resolve) => socket.once('close', resolve))
  expect(refusals(Buffer.concat(got))).toBeLessThanOrEqual(16)
})

test('so is a substream, and the connection stays', async () => {
  const peer = await startPeer()
  const raw = await startRaw()
  const connection = await raw.connect(peer)
  const substream = new RawSubstream(await (connection as unknown as Muxed).muxer.createStream())
  substream.send(greeting, unknownProtocols)
  expect(await substream.ended).toBe('reset')
  expect(refusals(substream.received)).toBeLessThanOrEqual(16)
  expect(connection.status).toBe('open')
})

test('a frame of the muxer that announces four gigabytes ends the connection, long before they have come', async () => {
  const peer = await startPeer()
  const raw = await startRaw()
  const connection = await raw.connect(peer)
  const { maConn } = (connection as unknown as Muxed).muxer
  const header = new Uint8Array([0, 0, 0, 1, 0, 0, 99, 99, 255, 255, 255, 255])
  maConn.send(header)
  let sent = 0
  await until(() => {
    if (connection.status !== 'open') return true
    sent += 65_536
    maConn.send(new Uint8Array(65_536))
    return sent > 64 * 65_536
  })
  await until(() => connection.status !== 'open')
})

test('hundreds of substreams that are opened and reset leave nothing, and whoever asks to join is answered meanwhile', async () => {
  const peer = await startPeer()
  const raw = await startRaw()
  const connection = await raw.connect(peer)
  const { maConn } = (connection as unknown as Muxed).muxer
  const volley = new Uint8Array(24 * 500)
  const view = new DataView(volley.buffer)
  for (let no = 0; no < 500; no++) {
    for (const [at, flag] of [
      [24 * no, 1],
      [24 * no + 12, 8]
    ] as const) {
      volley[at + 1] = 1
      view.setUint16(at + 2, flag)
      view.setUint32(at + 4, 100_001 + 2 * no)
    }
  }
  maConn.send(volley)
  const honest = await startRaw()
  const join = (await honest.open(peer, '/auki/join/0.0.1')).send(new Uint8Array(4))
  expect(await join.ended).toBe('eof')
  const later = await raw.open(peer, '/auki/join/0.0.1')
  expect(await later.send(new Uint8Array(4)).ended).toBe('eof')
})
