/** A peer without a core: a node and a runtime that offers nothing and knows whom it is told. */
import { PeerIdentity } from '@auki/identity'
import {
  createRuntime,
  createSwarm,
  type PeerAddresses,
  type PeerRuntime,
  type RuntimeHandlers,
  type StreamProvider,
  type Swarm
} from '@auki/network'

export interface BarePeer {
  readonly swarm: Swarm
  readonly runtime: PeerRuntime
  /** What others have to know to make it a member. */
  readonly addresses: PeerAddresses
}

export interface BarePeerInit {
  readonly streamProvider?: StreamProvider
  readonly listen?: readonly string[]
  readonly members?: readonly PeerAddresses[]
  readonly membership?: RuntimeHandlers['membership']
}

export async function startBarePeer({
  streamProvider,
  listen = [],
  members = [],
  membership = () => {}
}: BarePeerInit = {}): Promise<BarePeer> {
  const swarm = await createSwarm(PeerIdentity.fromSeed(crypto.getRandomValues(new Uint8Array(32))), { listen })
  const runtime = createRuntime({
    swarm,
    members,
    ...(streamProvider && { streamProvider }),
    heartbeatSource: {
      clockId: swarm.peerId,
      clockHash: '0'.repeat(32),
      resolutionNs: 1n,
      nowNs: () => process.hrtime.bigint(),
      utcNowNs: () => BigInt(Date.now()) * 1_000_000n,
      domainClock: () => undefined,
      membershipVersion: () => undefined,
      instance: () => undefined
    },
    handlers: {
      liveness: () => {},
      join: async () => ({ kind: 'reject', reason: 'not the manager' }),
      leave: async () => false,
      leaveAcknowledged: () => {},
      membership,
      info: () => {
        throw new Error('this is a bench')
      },
      resources: () => [],
      registry: async () => null,
      seen: () => false,
      diagnostic: () => {}
    }
  })
  return { swarm, runtime, addresses: { peerId: swarm.peerId, multiaddrs: swarm.listenAddresses() } }
}
