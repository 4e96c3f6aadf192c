/** Nodes of the two generations of libp2p as they come, which send as fast as they may, and read by asking for a pause. */
import type { Stream } from '@libp2p/interface'
import type { YamuxMuxerInit } from '@libp2p/yamux'
import { createLibp2p } from 'libp2p-2'
import { noise } from 'libp2p-2-noise'
import { tcp } from 'libp2p-2-tcp'
import { yamux } from 'libp2p-2-yamux'
import type { PeerAddresses } from '../../packages/network/src/runtime/peer-runtime.ts'
import { until } from '../../packages/network/src/testing/peers.ts'
import { ForeignNode } from '../foreign/peer/foreign-node.ts'
import { accept, end, entry, request } from '../foreign/peer/streaming.ts'
import { frame, joined, readFields } from '../foreign/peer/wire.ts'
import { manifest } from './support.ts'

/** How far a sender has come. */
export interface OtherStream {
  sent(): number
  /** The reader's window is used up. */
  blocked(): boolean
  cut(): void
  over(): boolean
}

export interface OtherReader {
  next(): Promise<Uint8Array | undefined>
  giveUp(): void
}

export interface OtherNode extends PeerAddresses {
  /** Answers the next request for a stream with these entries. An empty payload: nothing more, and no end. */
  serve(protocol: string, payloads: Iterable<Uint8Array>): Promise<OtherStream>
  /** Sends these as frames to the peer that it is connected to, and ends; an empty one as in {@link serve}. */
  send(protocol: string, payloads: Iterable<Uint8Array>): Promise<OtherStream>
  /** Asks the peer that it is connected to for a stream. */
  open(protocol: string): Promise<OtherReader>
  stop(): Promise<void>
}

/** What is written for a payload; `undefined`: wait for ever. */
type Writing = { readonly bytes: Uint8Array; readonly payloads: number } | undefined

function* asStream(payloads: Iterable<Uint8Array>): Generator<Writing> {
  yield { bytes: accept(manifest), payloads: 0 }
  let seq = 0n
  for (const payload of payloads) yield payload.length === 0 ? undefined : { bytes: entry({ seq: seq++, payload }), payloads: 1 }
  yield { bytes: end(1), payloads: 0 }
}

function* asFrames(payloads: Iterable<Uint8Array>): Generator<Writing> {
  for (const payload of payloads) yield payload.length === 0 ? undefined : { bytes: frame(payload), payloads: 1 }
}

/** The payloads in what a producer sends, until it says that this was all. */
async function* entriesOf(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array, undefined> {
  let held: Uint8Array = new Uint8Array(0)
  for await (const chunk of chunks) {
    held = joined(held, chunk)
    while (held.length >= 4) {
      const until = 4 + new DataView(held.buffer, held.byteOffset).getUint32(0)
      if (held.length < until) break
      const [message] = readFields(held.subarray(4, until))
      held = held.subarray(until)
      if (message!.number === 5) return undefined
      if (message!.number !== 4) continue
      yield readFields(message!.content as Uint8Array).find(({ number }) => number === 3)!.content as Uint8Array
    }
  }
  throw new Error('it ended without a word')
}

const reader = (chunks: AsyncIterable<Uint8Array>, giveUp: () => void): OtherReader => {
  const entries = entriesOf(chunks)
  return { next: async () => (await entries.next()).value, giveUp }
}

let seed = 0

/** libp2p 3, as it comes. */
export const startLibp2p3 = (): Promise<OtherNode> => start3()

/** Of a window beyond 4 MiB, which it has by default, it can't hold what is sent to it while it pauses, and resets the stream: whoever is to pause sets less. */
export const pausingWindowBytesMax = 2 * 1_048_576
export const startPausingLibp2p3 = (): Promise<OtherNode> => start3({ streamOptions: { maxStreamWindowSize: pausingWindowBytesMax } })

async function start3(muxer?: YamuxMuxerInit): Promise<OtherNode> {
  const node = await ForeignNode.start(1 + (seed++ % 250), muxer)
  const opened = async (protocol: string): Promise<Stream> => (await until(() => node.libp2p.getConnections()[0])).newStream(protocol)
  return {
    peerId: node.peerId,
    multiaddrs: node.multiaddrs,
    serve: async (protocol, payloads) => {
      const { promise, resolve } = Promise.withResolvers<OtherStream>()
      await node.libp2p.handle(protocol, (stream) => {
        stream.addEventListener('message', () => resolve(push(stream, asStream(payloads))), { once: true })
      })
      return promise
    },
    send: async (protocol, payloads) => push(await opened(protocol), asFrames(payloads)),
    open: async (protocol) => {
      const stream = await opened(protocol)
      stream.send(request('cam'))
      return reader(pausing(stream), () => stream.abort(new Error('given up by the test')))
    },
    stop: () => node[Symbol.asyncDispose]()
  }
}

interface Windowed {
  readonly sendWindowCapacity: number
}

/** Writes as fast as the stream takes it. */
function push(stream: Stream, writings: Iterable<Writing>): OtherStream {
  let sent = 0
  const over = (): boolean => stream.status !== 'open'
  const flushed = (): boolean => stream.writeBufferLength === 0 && !stream.writableNeedsDrain
  const write = async (): Promise<void> => {
    for (const writing of writings) {
      if (writing === undefined || over()) return
      stream.send(writing.bytes)
      while (!flushed() && !over()) await changed(stream)
      sent += writing.payloads
    }
    await stream.close()
  }
  write().catch(() => {})
  return {
    sent: () => sent,
    blocked: () => (stream as unknown as Windowed).sendWindowCapacity === 0,
    cut: () => stream.abort(new Error('cut by the test')),
    over
  }
}

function changed(stream: Stream): Promise<void> {
  return new Promise((resolve) => {
    for (const event of ['drain', 'idle', 'close'] as const) stream.addEventListener(event, () => queueMicrotask(resolve), { once: true })
  })
}

/** Asks for a pause whenever something came, and to go on when it was taken. Outside of `resume`, where a pause does not hold. */
function pausing(stream: Stream): AsyncGenerator<Uint8Array> {
  const held: Uint8Array[] = []
  let resuming = false
  let wake = (): void => {}
  let end: { readonly error: Error | undefined } | undefined
  const pause = (): void => {
    if (stream.readStatus === 'readable') stream.pause()
  }
  stream.addEventListener('message', ({ data }) => {
    held.push(data.subarray())
    if (!resuming) pause()
    wake()
  })
  stream.addEventListener('remoteCloseWrite', () => {
    end ??= { error: undefined }
    wake()
  })
  stream.addEventListener('close', (event) => {
    end = { error: (event as { error?: Error }).error }
    wake()
  })
  async function* chunks(): AsyncGenerator<Uint8Array> {
    for (;;) {
      for (let chunk = held.shift(); chunk !== undefined; chunk = held.shift()) yield chunk
      const woken = new Promise<void>((resolve) => (wake = resolve))
      resuming = true
      if (stream.readStatus === 'paused') stream.resume()
      resuming = false
      if (held.length > 0) pause()
      else if (end !== undefined && stream.readBufferLength === 0) break
      else await woken
    }
    if (end.error !== undefined) throw end.error
  }
  pause()
  return chunks()
}

/** libp2p 2. Its streams are pulled: what is not asked for waits in the muxer. */
export async function startLibp2p2(): Promise<OtherNode> {
  const node = await createLibp2p({
    addresses: { listen: ['/ip4/127.0.0.1/tcp/0'] },
    transports: [tcp()],
    connectionEncrypters: [noise()],
    streamMuxers: [yamux()]
  })
  type Pulled = Awaited<ReturnType<typeof opened>>
  const opened = async (protocol: string) => (await until(() => node.getConnections()[0])).newStream(protocol)
  const pull = (stream: Pulled, writings: Iterable<Writing>): OtherStream => {
    let sent = 0
    async function* source(): AsyncGenerator<Uint8Array> {
      for (const writing of writings) {
        if (writing === undefined) await new Promise(() => {})
        yield writing!.bytes
        sent += writing!.payloads
      }
    }
    stream.sink(source()).catch(() => {})
    return {
      sent: () => sent,
      blocked: () => (stream as unknown as Windowed).sendWindowCapacity === 0,
      cut: () => stream.abort(new Error('cut by the test')),
      over: () => stream.status !== 'open'
    }
  }
  return {
    peerId: node.peerId.toString(),
    multiaddrs: node.getMultiaddrs().map((address) => address.toString().replace(/\/p2p\/.*/, '')),
    serve: async (protocol, payloads) => {
      const { promise, resolve } = Promise.withResolvers<OtherStream>()
      await node.handle(protocol, async ({ stream }) => {
        await stream.source[Symbol.asyncIterator]().next()
        resolve(pull(stream, asStream(payloads)))
      })
      return promise
    },
    send: async (protocol, payloads) => pull(await opened(protocol), asFrames(payloads)),
    open: async (protocol) => {
      const stream = await opened(protocol)
      async function* asked(): AsyncGenerator<Uint8Array> {
        yield request('cam')
        await new Promise(() => {})
      }
      stream.sink(asked()).catch(() => {})
      async function* chunks(): AsyncGenerator<Uint8Array> {
        for await (const chunk of stream.source) yield chunk.subarray()
      }
      return reader(chunks(), () => stream.abort(new Error('given up by the test')))
    },
    stop: async () => node.stop()
  }
}
