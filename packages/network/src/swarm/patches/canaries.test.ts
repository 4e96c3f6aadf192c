/**
 * The names and behaviours inside libp2p that our patches rely on, each on real connections.
 *
 * A test that fails here after an upgrade says which patch has lost its hold. Look at the new version, mend the patch, and write the version into its
 * header: until then the first test fails as well.
 */
import { execFileSync } from 'node:child_process'
import { readdirSync, readFileSync } from 'node:fs'
import { Socket } from 'node:net'
import { circuitRelayTransport } from '@libp2p/circuit-relay-v2'
import type { Connection, Stream } from '@libp2p/interface'
import { multiaddr } from '@multiformats/multiaddr'
import { expect, test, vi } from 'vitest'
import { type RawPeer, RawSubstream, startRaw, until } from '../../testing/peers.ts'
import { nodeOf } from '../swarm.ts'
import { MuxerPings, pingsOf } from './muxer-pings.ts'
import { onBytes, Pulse } from './pulse.ts'

interface YamuxStream extends Stream {
  readonly streamId: number
  readonly recvWindow: number
  recvWindowCapacity: number
  sendWindowUpdate(): void
}

interface Inside extends Connection {
  readonly maConn: { readonly socket: Socket; sendData(data: Iterable<Uint8Array>): unknown }
  readonly muxer: {
    readonly maConn: { decrypt(message: object): unknown; readonly handshake: { decrypt(message: object): unknown } }
    readonly decoder: {
      readonly buffer: { readonly byteLength: number }
      emitFrames(bytes: Uint8Array): Iterable<{ readonly header: object }>
    }
    handleFrame(frame: object): void
    onData(bytes: object): void
    onTransportClosed(error?: Error): void
    onRemoteStream(stream: Stream): void
    createStream(): Promise<Stream>
    handlePingResponse(id: number): void
    sendPing(id: number): void
    ping(): Promise<number>
  }
}

interface Header {
  readonly type: number
  readonly flag: number
  readonly streamID: number
  readonly length: number
}

const directory = new URL('./', import.meta.url)
const patches = readdirSync(directory).filter((name) => name.endsWith('.ts') && !name.endsWith('.test.ts'))
const installed = (name: string): string =>
  (JSON.parse(readFileSync(new URL(`../../../../../node_modules/${name}/package.json`, import.meta.url), 'utf8')) as { version: string })
    .version

test.each(patches)('%s says why it is there, and was looked at with the versions that are installed', (name) => {
  const text = readFileSync(new URL(name, directory), 'utf8')
  const seen = /^ \* Seen in ([^;]+); canary: canaries\.test\.ts/m.exec(text)?.[1]?.split(', ') ?? []
  expect(seen.length).toBeGreaterThan(0)
  expect(seen.map((one) => one.split(' '))).toEqual(seen.map((one) => [one.split(' ')[0], installed(one.split(' ')[0]!)]))
  expect(readFileSync(new URL(import.meta.url), 'utf8')).toContain(`test('${name}: `)
})

/** Two nodes, connected, and what each has inside of the connection. */
async function connected(): Promise<{ dialler: RawPeer; listener: RawPeer; out: Inside; into: Inside }> {
  const [dialler, listener] = [await startRaw(), await startRaw()]
  const out = (await dialler.connect(listener)) as Inside
  const into = await until(() => nodeOf(listener.swarm).libp2p.getConnections()[0] as Inside | undefined)
  return { dialler, listener, out, into }
}

/** Frames as one side gets them. */
function framesOf({ muxer }: Inside): Header[] {
  const headers: Header[] = []
  const { handleFrame } = muxer
  muxer.handleFrame = (frame) => {
    headers.push({ ...(frame as { header: Header }).header })
    handleFrame.call(muxer, frame)
  }
  return headers
}

test('answers.ts: each answer of a negotiation is one `send`, and a substream has its `protocol` when that is over', async () => {
  const { listener, out, into } = await connected()
  const answers: number[] = []
  const { onRemoteStream } = into.muxer
  into.muxer.onRemoteStream = (stream) => {
    const { send } = stream
    stream.send = (data) => {
      answers.push(data.byteLength)
      return send.call(stream, data)
    }
    onRemoteStream.call(into.muxer, stream)
  }
  const handled: string[] = []
  listener.serve('/canary', ({ stream }) => handled.push(stream.protocol))
  const line = (text: string) => Buffer.from([text.length + 1, ...Buffer.from(`${text}\n`)])
  const substream = new RawSubstream(await out.muxer.createStream())
  substream.send(Buffer.concat([line('/multistream/1.0.0'), line('a'), line('b'), line('/canary')]))
  await until(() => handled.length === 1)
  expect(handled).toEqual(['/canary'])
  expect(answers).toHaveLength(4)
})

test('components.ts: a service gets the parts of its node, by these names', async () => {
  const { parts } = nodeOf((await startRaw()).swarm)
  const { dial, dialTransportForMultiaddr, listen, getAddrs } = parts.transportManager
  for (const method of [dial, dialTransportForMultiaddr, listen, getAddrs]) expect(method).toBeTypeOf('function')
  expect(parts.transportManager.dialTransportForMultiaddr(multiaddr('/ip4/192.0.2.1/tcp/1'))).toBeDefined()
  expect(parts.addressManager._updatePeerStoreAddresses.stop).toBeTypeOf('function')
})

test('corked.ts: a TCP connection has its `socket`, and sends by the `sendData` that we put there', async () => {
  const { out } = await connected()
  expect(out.maConn.socket).toBeInstanceOf(Socket)
  expect(Object.hasOwn(out.maConn, 'sendData')).toBe(true)
  const sending = vi.spyOn(out.maConn, 'sendData')
  const corking = vi.spyOn(out.maConn.socket, 'cork')
  await out.muxer.createStream()
  await until(() => sending.mock.calls.length > 0)
  expect(corking).toHaveBeenCalled()
})

test('encrypter.ts: an encrypted connection decrypts by its `decrypt`, which is ours, and that by `handshake.decrypt`', async () => {
  const { out, into } = await connected()
  const { maConn } = into.muxer
  expect(Object.hasOwn(maConn, 'decrypt')).toBe(true)
  const spies = [vi.spyOn(maConn, 'decrypt'), vi.spyOn(maConn.handshake, 'decrypt')]
  await out.muxer.createStream()
  await until(() => spies.every((spy) => spy.mock.calls.length > 0))
})

test('identify-version.ts: the identify service keeps the version that it tells in `host`', async () => {
  const { services } = nodeOf((await startRaw()).swarm).libp2p
  const { identify } = services as unknown as { identify: { host: { protocolVersion: string } } }
  expect(identify.host.protocolVersion).toBe('/auki/identify/0.0.1')
})

test('letting-go.ts: the lock of the peer store opens a BroadcastChannel and calls its `unref`', () => {
  // In a process of its own: the channel is opened once.
  const script = `
    let calls = 0
    BroadcastChannel.prototype.unref = () => calls++
    const { default: mortice } = await import('mortice')
    mortice({ name: 'canary' })
    console.log(calls)
    process.exit()`
  expect(execFileSync(process.execPath, ['--input-type=module', '--eval', script], { encoding: 'utf8' })).toBe('1\n')
})

test('missing-family.ts: why an address cannot be listened on stands in the text of the error', async () => {
  const { parts } = nodeOf((await startRaw()).swarm)
  await expect(parts.transportManager.listen([multiaddr('/ip4/192.0.2.1/tcp/0')])).rejects.toThrow('EADDRNOTAVAIL')
})

test('muxer-pings.ts: a ping with any number is sent by `sendPing`, and its answer handed to `handlePingResponse`, which is ours', async () => {
  const { out, into } = await connected()
  expect(Object.hasOwn(out.muxer, 'handlePingResponse')).toBe(true)
  const answered: number[] = []
  const pings = new MuxerPings(out.muxer)
  const frames = framesOf(into)
  for (const number of [1, 2]) pings.send(() => answered.push(number))
  await out.muxer.ping()
  await until(() => answered.length === 2)
  expect(answered).toEqual([1, 2])
  // The muxer pings by itself, too, when a connection begins.
  await until(() => frames.filter(({ type }) => type === 2).length >= 3)
  const substream = await out.muxer.createStream()
  const arrived = await until(() => into.streams.find(({ id }) => id === substream.id))
  expect(pingsOf(arrived)).toBeInstanceOf(MuxerPings)
  expect(pingsOf(into.muxer)).toBe(pingsOf(arrived))
})

test('paced-frames.ts: the decoder cuts bytes into frames and keeps the rest, and these are the numbers of their kinds', async () => {
  const { out, into } = await connected()
  const { decoder } = into.muxer
  const header = new Uint8Array(12)
  header[1] = 2
  header[3] = 1
  const frames = [...decoder.emitFrames(header), ...decoder.emitFrames(header.subarray(0, 5))]
  expect(frames.map((frame) => frame.header)).toMatchObject([{ type: 2, flag: 1 }])
  expect(decoder.buffer.byteLength).toBe(5)
  for (const _ of decoder.emitFrames(header.subarray(5)));
  expect(decoder.buffer.byteLength).toBe(0)
  const opened = framesOf(into)
  const stream = await out.muxer.createStream()
  stream.send(new Uint8Array(1))
  await until(() => opened.length >= 2)
  expect(opened.filter(({ type, flag }) => type <= 1 && (flag & 1) !== 0)).toHaveLength(1)
})

test('pacing.ts: the muxer takes its bytes by `onData`, tells its substreams by `onRemoteStream` and its end by `onTransportClosed`', async () => {
  const { out, into } = await connected()
  for (const name of ['onData', 'onTransportClosed', 'onRemoteStream'] as const) expect(Object.hasOwn(into.muxer, name)).toBe(true)
  const frames = framesOf(into)
  const spies = (['onData', 'onTransportClosed', 'onRemoteStream'] as const).map((name) => vi.spyOn(into.muxer, name))
  await out.muxer.createStream()
  await until(() => frames.length > 0)
  await out.close()
  await until(() => spies.every((spy) => spy.mock.calls.length > 0))
})

test('pulse.ts: bytes are told by the raw connection, the muxer answers pings, and an empty update of a window does no harm', async () => {
  const { listener, dialler, out, into } = await connected()
  const streams: RawSubstream[] = []
  listener.serve('/canary', (substream) => streams.push(substream))
  const substream = await dialler.open(listener, '/canary')
  substream.send(new Uint8Array(1))
  await until(() => streams[0]?.received.length === 1)
  const [pulse, other] = [new Pulse(out, () => performance.now()), new Pulse(into, () => performance.now())]
  const roundTrip = async () => {
    pulse.ping()
    pulse.ping()
    await until(() => pulse.pingedAtMs === undefined)
  }
  await roundTrip()
  // Identify runs on the same connection: only the frames of our substream tell whether it was answered.
  const [got, answers] = [framesOf(into), framesOf(out)]
  const ours = ({ streamID }: Header) => streamID === (substream.stream as YamuxStream).streamId
  const [before, otherBefore] = [pulse.heardAtMs, other.heardAtMs]
  pulse.nudge()
  await roundTrip()
  expect(got.filter(ours)).toEqual([{ type: 1, flag: 0, streamID: expect.any(Number), length: 0 }])
  expect(answers.filter(ours)).toEqual([])
  expect([pulse.heardAtMs > before, other.heardAtMs > otherBefore]).toEqual([true, true])
  let arrived = 0
  onBytes(substream.stream, () => arrived++)
  streams[0]!.send(new Uint8Array(1))
  await until(() => substream.received.length === 1)
  expect([arrived, out.status]).toEqual([1, 'open'])
})

test.each(['FIN', 'RST'])('pulse.ts: it is told which end has ended a connection (%s)', async (how) => {
  const { out, into } = await connected()
  const [pulse, other] = [new Pulse(out, () => performance.now()), new Pulse(into, () => performance.now())]
  if (how === 'FIN') into.maConn.socket.destroy()
  else into.maConn.socket.resetAndDestroy()
  await until(() => out.status !== 'open' && into.status !== 'open')
  expect([pulse.endedByPeer, other.endedByPeer]).toEqual([true, false])
  const { out: mine } = await connected()
  const ours = new Pulse(mine, () => performance.now())
  await mine.close()
  expect(ours.endedByPeer).toBe(false)
})

test('unasked-places.ts: whoever comes through a relay is looked up by `hasReservation`, before anything is waited for', async () => {
  const transport = circuitRelayTransport()(nodeOf((await startRaw()).swarm).parts as never) as unknown as {
    reservationStore: { hasReservation(relay: unknown): boolean }
    onStop(stream: unknown, connection: unknown): Promise<void>
  }
  const looked = vi.spyOn(transport.reservationStore, 'hasReservation').mockReturnValue(true)
  transport.onStop({}, { remotePeer: 'relay' }).catch(() => {})
  expect(looked).toHaveBeenCalledWith('relay')
})

test('room.ts: a substream has a window, of which what arrives is taken off, and `sendWindowUpdate` opens it again', async () => {
  const { listener, dialler } = await connected()
  const streams: YamuxStream[] = []
  listener.serve('/canary', ({ stream }) => streams.push(stream as YamuxStream))
  const sender = await dialler.open(listener, '/canary')
  const stream = await until(() => streams[0])
  const updates = vi.spyOn(stream, 'sendWindowUpdate').mockImplementation(() => {})
  const before = stream.recvWindowCapacity
  expect(before).toBeLessThanOrEqual(stream.recvWindow)
  sender.send(new Uint8Array(1_000))
  await until(() => updates.mock.calls.length > 0)
  expect(stream.recvWindowCapacity).toBe(before - 1_000)
  updates.mockRestore()
  stream.sendWindowUpdate()
  expect(stream.recvWindowCapacity).toBe(stream.recvWindow)
})
