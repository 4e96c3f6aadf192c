/** A peer with a session, and a config to join with; everything on loopback. */
import { PeerIdentity } from '@auki/identity'
import { createSwarm, type Swarm } from '@auki/network'
import { Peer, type Session } from '@auki/session'
import { ClusterTarget, type DomainConfig } from '../config.ts'

export interface Participant {
  readonly identity: PeerIdentity
  readonly peer: Peer
  readonly session: Session
  /** What to join with, and what differs from it. */
  config(discoveryUrl: string, changes?: Partial<DomainConfig>): DomainConfig & { readonly localIdentity: PeerIdentity }
}

/** `seed` is the byte the identity's 32 are made of. */
export async function participant(seed: number): Promise<Participant> {
  const identity = PeerIdentity.fromSeed(new Uint8Array(32).fill(seed))
  const peer = new Peer({ peerId: identity.peerId, appId: 'test' })
  const session = await peer.startSession()
  return {
    identity,
    peer,
    session,
    config: (discoveryUrl, changes = {}) => ({
      target: ClusterTarget.joinOrCreate('lab'),
      localIdentity: identity,
      discoveryUrl,
      daemonInfo: { name: `peer ${seed}` },
      settings: { preset: 'lan' },
      log: () => {},
      ...changes
    })
  }
}

/** A node on loopback. */
export const loopbackSwarm = (identity: PeerIdentity): Promise<Swarm> => createSwarm(identity, { listen: ['/ip4/127.0.0.1/tcp/0'] })

export const isStopped = (swarm: Swarm): boolean => swarm.listenAddresses().length === 0
