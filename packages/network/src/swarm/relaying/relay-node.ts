/** A node that does nothing but relay. Whom it serves is told by whoever knows clusters. */
import { type Clock, systemClock } from '@auki/canonical'
import type { PeerIdentity } from '@auki/identity'
import type { Connection } from '@libp2p/interface'
import { relayGuestMs } from '../../protocols/limits.ts'
import { addressParts } from '../address-parts.ts'
import { isRoutable } from '../advertised.ts'
import { createSwarm, nodeOf } from '../swarm.ts'
import type { Acquaintances, RelayTerms } from './relay-rules.ts'

export interface RelayNodeInit extends RelayTerms {
  readonly identity: PeerIdentity
  /** Multiaddrs to listen on. */
  readonly listen: readonly string[]
  /** Multiaddrs that others are told besides, the first ones. */
  readonly announce?: readonly string[]
  /** Who is a member and who is Manager; not asked where the relay is open. */
  readonly known: Acquaintances
  readonly clock?: Clock
}

/** A relay that runs; disposing it cuts what it carries. */
export interface RelayNode extends AsyncDisposable {
  readonly peerId: string
  /** Where it can be reached, each ending in its peer id, the announced ones first; loopback only where there is nothing else. */
  readonly multiaddrs: readonly string[]
  /** Where it can be reached from this very machine. */
  readonly localMultiaddr: string
  readonly load: { readonly places: number; readonly connections: number }
  /** To be called when members or Managers have changed. */
  review(): void
}

/** @throws whatever libp2p throws when an address can't be listened on. */
export async function createRelayNode({
  identity,
  listen,
  announce = [],
  known,
  clock = systemClock,
  ...terms
}: RelayNodeInit): Promise<RelayNode> {
  const swarm = await createSwarm(identity, { listen, announce, relayServer: terms, agentVersion: 'auki-relay/0.1.0' })
  const { relay, libp2p, candidates } = nodeOf(swarm)
  if (terms.open !== true) relay.follow(known)
  const opened = new WeakMap<Connection, number>()
  // Whoever is not reached through us and reaches nobody has no business here.
  const isIdle = (connection: Connection): boolean => {
    const seen = opened.get(connection)
    if (seen === undefined || connection.streams.length > 0 || relay.has(connection.remotePeer.toString()))
      opened.set(connection, clock.monoMs())
    return seen !== undefined && clock.monoMs() - seen >= relayGuestMs
  }
  let cancel = () => {}
  const sweep = (): void => {
    for (const connection of libp2p.getConnections()) if (isIdle(connection)) connection.close().catch(() => {})
    relay.review()
    cancel = clock.after(relayGuestMs / 3, sweep)
  }
  sweep()
  const suffixed = (address: string): string => `${address}/p2p/${swarm.peerId}`
  const isLocal = (address: string): boolean => addressParts(address).scope === 'loopback'
  return {
    peerId: swarm.peerId,
    get multiaddrs() {
      const routable = candidates().filter(isRoutable)
      return (routable.length > 0 ? routable : candidates().filter(isLocal)).map(suffixed)
    },
    get localMultiaddr() {
      const listened = candidates().slice(announce.length)
      return suffixed(listened.find(isLocal) ?? listened[0] ?? '')
    },
    get load() {
      return relay.load
    },
    review: () => relay.review(),
    async [Symbol.asyncDispose]() {
      cancel()
      await relay.end()
      await swarm.stop()
    }
  }
}
