/** A real Discovery service and real peers on loopback, for one test. */
import { createDiscoveryServer, type DiscoveryLogLine } from '@auki/discovery'
import {
  type ClusterEvent,
  type ClusterManager,
  ClusterTarget,
  createSwarm,
  Domain,
  type DomainConfig,
  Peer,
  PeerIdentity,
  type Session
} from '@auki/domain'
import { vi } from 'vitest'

/** What a test's camera is, but for the frame it is in. */
export const cameraBody = {
  kind: 'camera',
  type: 'rgb',
  width: 640,
  height: 480,
  frameRateHz: 30,
  pixelFormat: 'rgb8',
  colorSpace: 'srgb',
  intrinsicsModel: 'pinhole',
  distortionModel: 'none'
} as const

export interface Member {
  readonly peer: Peer
  readonly session: Session
  readonly domain: Domain
  readonly manager: ClusterManager
  readonly peerId: string
  /** Everything it heard since it joined. */
  readonly heard: ClusterEvent[]
}

export interface World extends AsyncDisposable {
  readonly discoveryUrl: string
  /** What Discovery committed. */
  readonly commits: DiscoveryLogLine[]
  /** Joins the cluster `lab`, or creates it, unless told otherwise. `seed` is the byte the identity's 32 are made of. */
  join(seed: number, changes?: Partial<DomainConfig>, options?: { readonly signal?: AbortSignal }): Promise<Member>
}

/** Everybody has left when it is disposed of. */
export async function world(): Promise<World> {
  const commits: DiscoveryLogLine[] = []
  const discovery = await createDiscoveryServer({ log: (line) => commits.push(line) })
  const members: Member[] = []
  return {
    discoveryUrl: discovery.url,
    commits,
    async join(seed, changes, options) {
      const member = await joinAt(discovery.url, seed, changes, options)
      members.push(member)
      return member
    },
    async [Symbol.asyncDispose]() {
      for (const { domain } of members.reverse()) await domain.leave()
      await discovery.close()
    }
  }
}

/** As {@link World.join}, at any Discovery service. */
export async function joinAt(
  discoveryUrl: string,
  seed: number,
  changes: Partial<DomainConfig> = {},
  options: { readonly signal?: AbortSignal } = {}
): Promise<Member> {
  const { identity, peer } = someone(seed)
  const session = await peer.startSession()
  const domain = await Domain.join(
    peer,
    session,
    {
      target: ClusterTarget.joinOrCreate('lab'),
      localIdentity: identity,
      discoveryUrl,
      daemonInfo: { name: `peer ${seed}` },
      ...(changes.listen === undefined && { swarm: await createSwarm(identity, { listen: ['/ip4/127.0.0.1/tcp/0'] }) }),
      settings: { preset: 'lan' },
      log: () => {},
      ...changes
    },
    options
  )
  const manager = domain.clusterManager
  const heard: ClusterEvent[] = []
  void listen(manager.events(), heard)
  return { peer, session, domain, manager, peerId: peer.peerId, heard }
}

async function listen(events: AsyncIterable<ClusterEvent>, heard: ClusterEvent[]): Promise<void> {
  for await (const event of events) heard.push(event)
}

export function someone(seed: number): { readonly identity: PeerIdentity; readonly peer: Peer } {
  const identity = PeerIdentity.fromSeed(new Uint8Array(32).fill(seed))
  return { identity, peer: new Peer({ peerId: identity.peerId, appId: 'integration' }) }
}

/** Waits for what a peer finds out by itself; looks often, gives up after 15 s. */
export const eventually = <T>(look: () => T | Promise<T>): Promise<T> => vi.waitFor(look, { timeout: 15_000, interval: 20 })
