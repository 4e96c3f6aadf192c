/** One of our peers, with something to offer, as an app would make it; on loopback. */

import type { DiscoveryServer } from '@auki/discovery'
import { ClusterTarget, createSwarm, Domain, type DomainConfig, Peer, PeerIdentity, rosBody, type Session, type Swarm } from '@auki/domain'
import { vi } from 'vitest'

export interface OurPeer extends AsyncDisposable {
  readonly peerId: string
  readonly domain: Domain
  readonly session: Session
  readonly swarm: Swarm
  readonly frame: { readonly id: string; readonly hash: string }
  readonly sensor: { readonly id: string; readonly hash: string }
  readonly multiaddrs: readonly string[]
}

/** Joins or creates the cluster; `seed` is the byte its key is made of. It has a frame, a radio sensor and a log of that. */
export async function ourPeer(
  seed: number,
  discovery: Pick<DiscoveryServer, 'url'>,
  clusterName: string,
  changes: Partial<DomainConfig> = {}
): Promise<OurPeer> {
  const localIdentity = PeerIdentity.fromSeed(new Uint8Array(32).fill(seed))
  const peer = new Peer({ peerId: localIdentity.peerId, appId: 'test' })
  const frame = await peer.registerFrame('base_link', rosBody)
  const sensor = await peer.registerSensor('wifi', { kind: 'rf', type: 'wifi', frame })
  const session = await peer.startSession()
  await session.registerSensorLog({ sensor, frame, head: { kind: 'rolling', retentionNs: 5_000_000_000n } })
  const swarm = await createSwarm(localIdentity, { listen: ['/ip4/127.0.0.1/tcp/0'] })
  const domain = await Domain.join(peer, session, {
    target: ClusterTarget.joinOrCreate(clusterName),
    localIdentity,
    discoveryUrl: discovery.url,
    daemonInfo: { name: `peer ${seed}`, appInstance: '0242ac110003' },
    swarm,
    settings: { preset: 'lan' },
    log: () => {},
    ...changes
  })
  const { localPeerId: peerId, localMultiaddrs: multiaddrs } = domain.clusterManager
  return { peerId, domain, session, swarm, frame, sensor, multiaddrs, [Symbol.asyncDispose]: () => vanish(domain) }
}

/** The peer is gone at once and tells nobody; in a test that is over, that is the quickest end. */
export async function vanish(domain: Domain): Promise<void> {
  const reason = new Error('vanished')
  await domain.leave({ signal: AbortSignal.abort(reason) }).catch((error: unknown) => {
    if (error !== reason) throw error
  })
}

/** Waits until it doesn't throw: for what no event tells. */
export const eventually = <T>(look: () => T | Promise<T>): Promise<T> => vi.waitFor(look, { timeout: 10_000, interval: 20 })
