/** A cluster that is attacked: our Manager, our member, an honest witness of another make, and as many attackers as it takes. */
import { createDiscoveryServer, type DiscoveryServer } from '@auki/discovery'
import type { Domain } from '@auki/domain'
import { expect } from 'vitest'
import { nodeOf } from '../../packages/network/src/swarm/swarm.ts'
import { eventually, type OurPeer, ourPeer } from '../foreign/our-peer.ts'
import { ForeignNode } from '../foreign/peer/foreign-node.ts'
import { ForeignPeer } from '../foreign/peer/foreign-peer.ts'
import { joinRequest } from '../foreign/peer/messages.ts'
import { type Ending, protocols } from '../foreign/peer/substream.ts'
import { hex, readCompactJson, textOf } from '../foreign/peer/wire.ts'
import { isUpset } from '../support/upsets.ts'

export interface Scene extends AsyncDisposable {
  readonly discovery: DiscoveryServer
  readonly clusterName: string
  readonly manager: OurPeer
  readonly member: OurPeer
  readonly witness: ForeignPeer
  /** A peer that was admitted and is connected to both of ours. It is stopped with the scene. */
  attacker(seed: number): Promise<ForeignNode>
  /** A peer that is connected to both of ours and did not ask to join. */
  stranger(seed: number): Promise<ForeignNode>
  /** Changes of role and Manager that our peers saw; there must be none. */
  readonly upsets: readonly string[]
  /** Asserts that nothing is disturbed: from now on beats, gossip and answers reach who is honest, and all roles are what they were. */
  isWell(): Promise<void>
  /** Asserts that our peers hold no substream but heartbeat carriers. */
  holdsNothing(): Promise<void>
}

export async function scene(clusterName: string): Promise<Scene> {
  const stack = new AsyncDisposableStack()
  const discovery = stack.use(await createDiscoveryServer())
  // Attackers send no heartbeats, and are to stay members all the same.
  const settings = { preset: 'lan', peerLossTimeoutMs: 60_000 } as const
  const manager = stack.use(await ourPeer(201, discovery, clusterName, { settings }))
  const member = stack.use(await ourPeer(202, discovery, clusterName, { settings }))
  const witness = stack.use(await ForeignPeer.start({ seed: 203, discoveryUrl: discovery.url, clusterName }))
  await witness.join()
  await witness.node.connect(member.peerId, member.multiaddrs)
  await witness.inbound.first('the first carrier of the Manager')
  const upsets: string[] = []
  for (const { domain } of [manager, member]) void noteUpsets(domain, upsets)
  const stranger = async (seed: number): Promise<ForeignNode> => {
    const node = stack.use(await ForeignNode.start(seed))
    for (const { peerId, multiaddrs } of [manager, member]) await node.connect(peerId, multiaddrs)
    return node
  }
  const attacker = async (seed: number): Promise<ForeignNode> => {
    const node = await stranger(seed)
    await node.serve('heartbeat', () => {})
    await node.ask(manager.peerId, 'join', joinRequest('protobuf', node.multiaddrs))
    await eventually(() => expect(members(member)).toContain(node.peerId))
    return node
  }
  const check = shared(() => isWell({ manager, member, witness, upsets }))
  return {
    ...{ discovery, clusterName, manager, member, witness, attacker, stranger, upsets },
    isWell: check,
    holdsNothing: () => eventually(() => expect([manager, member].flatMap(substreamsOf)).toEqual([])),
    [Symbol.asyncDispose]: () => stack.disposeAsync()
  }
}

/** One at a time: who asks while one is under way shares the next with all who ask meanwhile. */
function shared(work: () => Promise<void>): () => Promise<void> {
  let running: Promise<void> = Promise.resolve()
  let waiting: Promise<void> | undefined
  return () => {
    waiting ??= running
      .catch(() => {})
      .then(() => {
        waiting = undefined
        running = work()
        return running
      })
    return waiting
  }
}

export const members = ({ domain }: OurPeer): string[] => domain.clusterManager.membership.peers.map(({ peerId }) => peerId)

/** The protocols of what is open, carriers left out. */
function substreamsOf({ swarm }: OurPeer): string[] {
  const streams = nodeOf(swarm)
    .libp2p.getConnections()
    .flatMap((connection) => connection.streams)
  return streams.map(({ protocol }) => protocol).filter((protocol) => protocol !== protocols.heartbeat)
}

async function isWell({ manager, member, witness, upsets }: Pick<Scene, 'manager' | 'member' | 'witness' | 'upsets'>): Promise<void> {
  const { carrier } = await witness.inbound.first('a carrier')
  const beat = carrier.beats.next('another beat of the Manager')
  const version = manager.domain.clusterManager.membership.version ?? 0
  const pushed = witness.came.membership.next('gossip', ({ payload }) => textOf(payload).includes(`/tcp/${1 + (version % 60_000)}`))
  await witness.node.ask(manager.peerId, 'join', joinRequest('protobuf', [`/ip4/127.0.0.1/tcp/${1 + (version % 60_000)}`]))
  await Promise.all([beat, pushed])
  for (const { peerId } of [manager, member]) {
    expect(await witness.node.ask(peerId, 'info', '')).toBeDefined()
    const { resources } = readCompactJson((await witness.node.ask(peerId, 'resources', '{}'))!)
    expect(resources).toHaveLength(1)
  }
  const info = await member.domain.clusterManager.fetchParticipantInfo(manager.peerId)
  expect(info).toMatchObject({ isManager: true })
  expect(manager.domain.clusterManager.role).toBe('manager')
  await eventually(() => expect(member.domain.clusterManager.membership).toEqual(manager.domain.clusterManager.membership))
  expect(member.domain.clusterManager).toMatchObject({ role: 'follower', managerPeerId: manager.peerId })
  expect(witness.inbound.all, 'the carrier was never replaced').toHaveLength(1)
  expect(witness.faults).toEqual([])
  expect(upsets).toEqual([])
}

async function noteUpsets({ clusterManager }: Domain, upsets: string[]): Promise<void> {
  const counts = isUpset()
  for await (const event of clusterManager.events())
    if (counts(event) && (event.type === 'role-changed' || event.type === 'manager-changed')) upsets.push(event.type)
}

/** How a substream ended, and what came on it before (hex). */
export interface Outcome {
  readonly ending: Ending
  readonly got: string
}

/** Opens a substream, writes these pieces, half-closes if told so, and waits for the other side to end it. */
export async function attack(
  node: ForeignNode,
  peerId: string,
  protocol: string,
  pieces: readonly Uint8Array[],
  { end = false, withinMs }: { end?: boolean; withinMs?: number } = {}
): Promise<Outcome> {
  const substream = await node.open(peerId, protocol)
  for (const piece of pieces) if (substream.stream.writeStatus === 'writable') substream.send(piece)
  if (end) substream.close()
  const ending = await substream.ended(withinMs)
  const got = hex(substream.unread)
  substream.close()
  return { ending, got }
}
