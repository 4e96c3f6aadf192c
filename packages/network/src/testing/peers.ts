/** Real nodes on loopback: peers with a runtime, and raw ones that send whatever a test wants. */
import type { Clock } from '@auki/canonical'
import { PeerIdentity } from '@auki/identity'
import type { Connection, Stream } from '@libp2p/interface'
import { multiaddr } from '@multiformats/multiaddr'
import { afterEach, vi } from 'vitest'
import type { RuntimeLimits } from '../exchange/env.ts'
import type { HeartbeatSource, LivenessEvent, PeerAddresses, PeerRuntime, RuntimeHandlers } from '../runtime/peer-runtime.ts'
import { createRuntime } from '../runtime/runtime.ts'
import type { StreamProvider } from '../streams/stream-api.ts'
import { createSwarm, nodeOf, type Swarm, type SwarmOptions } from '../swarm/swarm.ts'

const started: AsyncDisposable[] = []
afterEach(async () => {
  await Promise.all(started.splice(0).map((peer) => peer[Symbol.asyncDispose]()))
})

export interface TestPeer extends PeerAddresses {
  readonly swarm: Swarm
  readonly runtime: PeerRuntime
  /** Liveness events, oldest first. */
  readonly events: LivenessEvent[]
  readonly lines: string[]
  /** Types of the liveness events, heartbeats and samples left out. */
  facts(): string[]
}

export interface TestPeerInit {
  readonly handlers?: Partial<RuntimeHandlers>
  readonly limits?: Partial<RuntimeLimits>
  readonly timers?: Clock
  readonly members?: readonly PeerAddresses[]
  readonly source?: Partial<HeartbeatSource>
  readonly swarm?: SwarmOptions
  /** 32 bytes; default: an identity of its own. */
  readonly seed?: Uint8Array<ArrayBuffer>
  readonly streamProvider?: StreamProvider
  readonly sessionEnded?: () => boolean
}

const accept = { kind: 'accept', membershipJson: '{}', successorToken: new Uint8Array(0) } as const

/** A peer that accepts every join and has nothing to offer, as far as `handlers` don't say otherwise. */
export async function startPeer({ handlers = {}, members = [], source = {}, ...init }: TestPeerInit = {}): Promise<TestPeer> {
  const swarm = await startSwarm(init.swarm, init.seed)
  const events: LivenessEvent[] = []
  const lines: string[] = []
  const runtime = createRuntime({
    swarm,
    members,
    heartbeatSource: {
      clockId: `${swarm.peerId}/clock`,
      clockHash: 'ab'.repeat(16),
      resolutionNs: 1n,
      nowNs: () => process.hrtime.bigint(),
      utcNowNs: () => BigInt(Date.now()) * 1_000_000n,
      domainClock: () => undefined,
      membershipVersion: () => undefined,
      instance: () => undefined,
      ...source
    },
    handlers: {
      liveness: (event) => void events.push(event),
      join: async () => accept,
      leave: async () => true,
      leaveAcknowledged: () => {},
      membership: () => {},
      info: () => infoOf(swarm.peerId),
      resources: () => [],
      registry: async () => null,
      seen: () => false,
      diagnostic: () => {},
      ...handlers
    },
    log: (level, message) => lines.push(`${level} ${message}`),
    ...(init.limits ? { limits: init.limits } : {}),
    ...(init.streamProvider ? { streamProvider: init.streamProvider } : {}),
    ...(init.sessionEnded ? { sessionEnded: init.sessionEnded } : {}),
    ...(init.timers ? { timers: init.timers } : {})
  })
  started.push(runtime)
  const facts = () => events.map(({ type }) => type).filter((type) => type !== 'heartbeat-received' && type !== 'ntp-sample-observed')
  return { peerId: swarm.peerId, multiaddrs: swarm.listenAddresses(), swarm, runtime, events, lines, facts }
}

export function infoOf(peerId: string) {
  return {
    app: 'test',
    name: 'a peer',
    sessionId: 's',
    sessionClockId: 'c',
    sessionClockHash: 'h',
    sessionNowNs: 2n ** 60n + 1n,
    clusterJoinedAtNs: null,
    peerId,
    appInstance: '',
    isManager: false,
    managerPeerId: ''
  }
}

export async function startSwarm(options: SwarmOptions = {}, seed = crypto.getRandomValues(new Uint8Array(32))): Promise<Swarm> {
  const identity = PeerIdentity.fromSeed(seed)
  const swarm = await createSwarm(identity, { listen: ['/ip4/127.0.0.1/tcp/0'], ...options })
  started.push(swarm)
  return swarm
}

/** Makes each of the two a member of the other, and connects them. */
export async function befriend(a: TestPeer, b: TestPeer): Promise<void> {
  a.runtime.setAllowedPeers([b])
  b.runtime.setAllowedPeers([a])
  await Promise.all([a.runtime.waitConnected(b.peerId), b.runtime.waitConnected(a.peerId)])
}

/** What a raw peer sees of one substream. */
export class RawSubstream {
  readonly stream: Stream
  readonly chunks: Uint8Array[] = []
  /** How it ended: `eof`, the peer closed its side; `reset`, it threw everything away. */
  readonly ended: Promise<'eof' | 'reset'>

  constructor(stream: Stream) {
    this.stream = stream
    stream.addEventListener('message', ({ data }) => this.chunks.push(data.subarray()))
    this.ended = new Promise((resolve) => {
      if (stream.status !== 'open') resolve(stream.status === 'closed' ? 'eof' : 'reset')
      stream.addEventListener('remoteCloseWrite', () => queueMicrotask(() => resolve('eof')))
      stream.addEventListener('close', (event) => resolve((event as { error?: Error }).error ? 'reset' : 'eof'))
    })
  }

  send(...bytes: Uint8Array[]): this {
    for (const piece of bytes) this.stream.send(piece)
    return this
  }

  get received(): Buffer {
    return Buffer.concat(this.chunks)
  }
}

/** A libp2p node without our manners. */
export interface RawPeer extends PeerAddresses {
  readonly swarm: Swarm
  connect(peer: PeerAddresses): Promise<Connection>
  /** Opens a substream over a connection that is made when there is none. */
  open(peer: PeerAddresses, protocol: string): Promise<RawSubstream>
  /** Takes substreams of a protocol. */
  serve(protocol: string, handler: (substream: RawSubstream) => void): void
}

export async function startRaw(options: SwarmOptions = {}): Promise<RawPeer> {
  const swarm = await startSwarm(options)
  const { libp2p } = nodeOf(swarm)
  const connect = (peer: PeerAddresses) => libp2p.dial(peer.multiaddrs.map((address) => multiaddr(`${address}/p2p/${peer.peerId}`)))
  return {
    peerId: swarm.peerId,
    multiaddrs: swarm.listenAddresses(),
    swarm,
    connect,
    open: async (peer, protocol) => {
      const connection = libp2p.getConnections().find(({ remotePeer }) => remotePeer.toString() === peer.peerId) ?? (await connect(peer))
      return new RawSubstream(await connection.newStream(protocol, { maxOutboundStreams: 1_000 }))
    },
    serve: (protocol, handler) => {
      void libp2p.handle(protocol, (stream) => handler(new RawSubstream(stream)), { maxInboundStreams: 1_000 })
    }
  }
}

/** Resolves as soon as `holds` returns what is neither false nor undefined. */
export function until<T>(holds: () => T | false | undefined): Promise<T> {
  return vi.waitFor(
    () => {
      const value = holds()
      if (value === false || value === undefined) throw new Error(`still waiting for: ${holds}`)
      return value
    },
    { timeout: 10_000, interval: 5 }
  )
}
