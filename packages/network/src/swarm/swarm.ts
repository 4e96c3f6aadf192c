/** The libp2p node. Its objects stay inside this package: outside it is a {@link Swarm}, with peer ids and addresses as text. */

import type { PeerIdentity } from '@auki/identity'
import { generateKeyPairFromSeed } from '@libp2p/crypto/keys'
import { identify } from '@libp2p/identify'
import type { Connection, Libp2p } from '@libp2p/interface'
import { ping } from '@libp2p/ping'
import { yamux } from '@libp2p/yamux'
import type { Multiaddr } from '@multiformats/multiaddr'
import { createLibp2p } from 'libp2p'
import { canRelay, encrypter, transports } from '#transports'
import { swarmCloseMs } from '../settings.ts'
import { listenOn } from './listen.ts'
import { connectionManagerInit, muxerInit } from './node-limits.ts'
import { limitAnswers } from './patches/answers.ts'
import { type NodeParts, partsService } from './patches/components.ts'
import { nameProtocolVersion } from './patches/identify-version.ts'
import { Pacing } from './patches/pacing.ts'
import { OwnPlaces } from './relaying/own-places.ts'
import type { RelayTerms } from './relaying/relay-rules.ts'
import { RelayServer } from './relaying/relay-server.ts'

const defaultAgentVersion = 'auki-sdk/0.1.0'

export interface SwarmOptions {
  /**
   * Multiaddrs to listen on, such as `/ip4/0.0.0.0/tcp/0` and `/ip6/::/tcp/0`; one of a family that the host lacks is skipped where another
   * stands. Default: none, the node only dials.
   */
  readonly listen?: readonly string[]
  /** Multiaddrs that the node names in place of those listened on, such as what a router forwards to us; a cluster is told of both. */
  readonly announce?: readonly string[]
  /** By convention `<app>/<version>`; default `auki-sdk/<version>`. */
  readonly agentVersion?: string
  /**
   * Carry connections of others (`/libp2p/circuit/relay/0.2.0`); default false; not in browsers. Between members of the cluster that the node is in at
   * 8 Mbit/s each; others reach the Manager, to be admitted. In no cluster everybody is carried, 128 KiB or two minutes per connection. An object: other terms.
   */
  readonly relayServer?: boolean | RelayTerms
}

/** A running network node. Who creates it stops it, unless it was handed over to a `Domain` or a runtime. */
export interface Swarm extends AsyncDisposable {
  /** Base58 peer id. */
  readonly peerId: string
  /** The multiaddrs it names now, without its peer id and without duplicates, loopback and unroutable ones included. */
  listenAddresses(): string[]
  /** Closes every connection and listener; idempotent. */
  stop(): Promise<void>
}

/** The node behind a {@link Swarm}; for this package only. */
export interface SwarmNode {
  readonly libp2p: Libp2p
  readonly parts: NodeParts
  /** It has served a runtime, or was stopped: it can't serve another. */
  used: boolean
  /** Whether it was told to listen on anything. */
  readonly listens: boolean
  /** Where it may be reached, without its peer id and without duplicates: what it was told to announce, what its transports listen on, its places at relays. */
  candidates(): string[]
  /** What we carry for others, if anything. */
  readonly relay: RelayServer
  /** Where we are reached through relays of others. */
  readonly ownPlaces: OwnPlaces
  /** Where a peer sees us over this connection, as it tells by identify. */
  seenAt(connection: Connection, signal: AbortSignal): Promise<string | undefined>
  /** The bound on the time that connected peers cost. */
  readonly pacing: Pacing
}

const nodes = new WeakMap<Swarm, SwarmNode>()

/** @throws TypeError for a swarm that `createSwarm` did not make. */
export function nodeOf(swarm: Swarm): SwarmNode {
  const node = nodes.get(swarm)
  if (!node) throw new TypeError('this is no swarm of ours: create it with createSwarm')
  return node
}

/** Whether the swarm has served a runtime or was stopped, so that it can't be used (again). `false` for a swarm that `createSwarm` did not make. */
export function isSwarmInUse(swarm: Swarm): boolean {
  return nodes.get(swarm)?.used ?? false
}

/** Marks the swarm as used: it serves one runtime, and none after it. */
export function takeSwarm(swarm: Swarm): void {
  const node = nodes.get(swarm)
  if (node !== undefined) node.used = true
}

/**
 * Starts a network node: TCP (not in browsers), WebSockets and relayed connections, secured with Noise, multiplexed with Yamux.
 *
 * It dials nobody by itself and answers only identify and ping until a runtime registers the cluster's protocols.
 *
 * @throws whatever libp2p throws when an address can't be listened on.
 */
export async function createSwarm(identity: PeerIdentity, options: SwarmOptions = {}): Promise<Swarm> {
  const { listen = [], announce = [], agentVersion = defaultAgentVersion } = options
  const { relayServer = false } = options
  if (relayServer !== false && !canRelay) throw new TypeError('a browser cannot be a relay: run it in Node')
  let parts: NodeParts | undefined
  const ownPlaces = new OwnPlaces()
  const pacing = new Pacing()
  const hasPlaceAt = (relayId: string): boolean =>
    ownPlaces.has(relayId) || parts!.transportManager.getAddrs().some((address) => `${address}`.includes(`/p2p/${relayId}/p2p-circuit`))
  const libp2p = await createLibp2p({
    start: false,
    privateKey: await generateKeyPairFromSeed('Ed25519', identity.seed()),
    addresses: { announce: [...announce] },
    nodeInfo: { name: 'auki-sdk', version: '0.1.0', userAgent: agentVersion },
    transports: transports(),
    connectionEncrypters: [pacing.encrypter(encrypter())],
    streamMuxers: [pacing.muxer(yamux(muxerInit))],
    connectionManager: connectionManagerInit,
    // In browsers libp2p refuses insecure WebSockets and private addresses; robots are at such addresses.
    connectionGater: {
      denyDialMultiaddr: () => false,
      denyInboundConnection(connection) {
        limitAnswers(connection)
        return false
      },
      // Through a peer at which we have no place nobody has a reason to come.
      denyInboundRelayedConnection: (relay) => !hasPlaceAt(relay.toString())
    },
    // It would ping all connections at once and close the slow ones; `runtime/probe.ts` does it one by one.
    connectionMonitor: { enabled: false },
    services: {
      // We answer identify, but don't ask every peer that connects: that would only delay its join.
      identify: identify({ runOnConnectionOpen: false }),
      ping: ping(),
      parts: partsService((given) => (parts = given))
    }
  })
  nameProtocolVersion(libp2p.services.identify)
  await libp2p.start()
  try {
    await listenOn(parts!, listen)
  } catch (error) {
    await libp2p.stop()
    throw error
  }
  const { transportManager } = parts!
  const suffix = `/p2p/${libp2p.peerId}`
  const named = (addresses: readonly (string | Multiaddr)[]) => [...new Set(addresses.map((address) => `${address}`.replace(suffix, '')))]
  const candidates = () => [...named([...announce, ...transportManager.getAddrs()]), ...ownPlaces.addresses()]
  const listenAddresses = () => (announce.length > 0 ? named(announce) : candidates())
  const relay = new RelayServer({ libp2p, addresses: candidates })
  if (relayServer !== false) await relay.serve(relayServer === true ? {} : relayServer)
  const seenAt = async (connection: Connection, signal: AbortSignal) => {
    const { observedAddr } = await libp2p.services.identify.identify(connection, { signal })
    return observedAddr?.toString()
  }
  return wrap(
    { libp2p, parts: parts!, listens: listen.length > 0, candidates, relay, ownPlaces, seenAt, pacing, used: false },
    listenAddresses
  )
}

function wrap(node: SwarmNode, listenAddresses: () => string[]): Swarm {
  const { libp2p } = node
  let stopping: Promise<void> | undefined
  const stop = () => {
    node.used = true
    stopping ??= stopNode(libp2p)
    return stopping
  }
  const swarm: Swarm = { peerId: libp2p.peerId.toString(), listenAddresses, stop, [Symbol.asyncDispose]: stop }
  nodes.set(swarm, node)
  return swarm
}

/**
 * Closes the connections, then the rest.
 *
 * libp2p's own stop can wait for the drain of a socket that is gone, with nothing but an `unref`'d timer to end that: the process would exit with our
 * promise pending. So every connection is waited for here, by its `close` event.
 */
async function stopNode(libp2p: Libp2p): Promise<void> {
  await Promise.all(libp2p.getConnections().map(closed))
  await libp2p.stop()
}

function closed(connection: Connection): Promise<void> {
  return new Promise((resolve) => {
    const cut = setTimeout(() => connection.abort(new Error('it took too long to close')), swarmCloseMs)
    const done = () => {
      clearTimeout(cut)
      resolve()
    }
    connection.addEventListener('close', done, { once: true })
    connection.close().catch((error: Error) => connection.abort(error))
    if (connection.status !== 'open' && connection.status !== 'closing') done()
  })
}
