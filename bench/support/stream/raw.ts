/** js-libp2p as it comes, used as it is meant to be: one `send` for each entry, and a wait for `drain` whenever that says so. */
import type { Libp2p, Stream } from '@libp2p/interface'
import { noise } from '@libp2p/noise'
import { tcp } from '@libp2p/tcp'
import { yamux } from '@libp2p/yamux'
import { multiaddr } from '@multiformats/multiaddr'
import { createLibp2p } from 'libp2p'
import { type Lane, type Load, type Meter, pace, paced } from './lane.ts'
import { queuedMax, socketBytes } from './queue.ts'

const protocol = '/bench/raw/1'

function startNode(listen: string[]): Promise<Libp2p> {
  return createLibp2p({
    addresses: { listen },
    transports: [tcp()],
    connectionEncrypters: [noise()],
    streamMuxers: [yamux()],
    connectionMonitor: { enabled: false }
  })
}

async function produce() {
  const node = await startNode(['/ip4/127.0.0.1/tcp/0'])
  let load: Load
  let stop = () => {}
  let current: Stream | undefined
  await node.handle(protocol, (stream) => {
    current = stream
    const over = new AbortController()
    stop = () => over.abort()
    stream.addEventListener('close', stop)
    void send(stream, load, over.signal).catch(() => {})
  })
  return {
    address: node.getMultiaddrs()[0]!.toString(),
    admit: async () => {},
    start: (next: Load) => {
      load = next
    },
    stop: async () => stop(),
    queuedBytes: () => socketBytes() + (current ? queuedMax(current) : 0)
  }
}

async function send(stream: Stream, load: Load, over: AbortSignal): Promise<void> {
  if (paced(load)) {
    const end = pace(load, (payload) => stream.send(payload))
    over.addEventListener('abort', end)
    return
  }
  const payload = new Uint8Array(load.bytes)
  while (!over.aborted) {
    if (stream.send(payload)) continue
    while (stream.writableNeedsDrain && !over.aborted) await drained(stream)
  }
}

function drained(stream: Stream): Promise<void> {
  return new Promise((resolve) => {
    const done = () => {
      stream.removeEventListener('drain', done)
      stream.removeEventListener('close', done)
      resolve()
    }
    stream.addEventListener('drain', done)
    stream.addEventListener('close', done)
  })
}

/** Cuts what arrives into entries of one length, as somebody who knows it would. */
function cutter(bytes: number, meter: Meter): (chunk: Uint8Array) => void {
  const head = new Uint8Array(8)
  let at = 0
  return (chunk) => {
    for (let from = 0; from < chunk.length; ) {
      for (let i = at; i < 8 && from + i - at < chunk.length; i++) head[i] = chunk[from + i - at]!
      const taken = Math.min(bytes - at, chunk.length - from)
      at += taken
      from += taken
      if (at < bytes) return
      meter.entry(head)
      at = 0
    }
  }
}

async function consume() {
  const node = await startNode([])
  let address = ''
  let stream: Stream
  return {
    identity: undefined,
    connect: async (given: unknown) => {
      address = given as string
      await node.dial(multiaddr(address))
    },
    subscribe: async (bytes: number, meter: Meter) => {
      stream = await node.dialProtocol(multiaddr(address), protocol)
      const cut = cutter(bytes, meter)
      stream.addEventListener('message', ({ data }) => {
        for (const chunk of data instanceof Uint8Array ? [data] : data) cut(chunk)
      })
    },
    unsubscribe: async () => stream.abort(new Error('done'))
  }
}

export const raw: Lane = { produce, consume }
