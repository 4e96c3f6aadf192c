/** Peers that listen on nothing, and what reaches them: members that relay, a relay that follows their cluster, or nothing. */
import { type ClusterManager, startRelay } from '@auki/domain'
import { createSwarm } from '@auki/network'
import { expect, test } from 'vitest'
import { eventually, someone, type World, world } from './world.ts'

/** A member that listens on nothing. */
async function hidden(w: World, no: number): Promise<ClusterManager> {
  const { manager } = await w.join(no, { swarm: await createSwarm(someone(no).identity) })
  return manager
}

const readEachOther = (peers: readonly ClusterManager[]): Promise<unknown> =>
  Promise.all(
    peers.flatMap((one) => peers.flatMap((other) => (one === other ? [] : eventually(() => one.fetchParticipantInfo(other.localPeerId)))))
  )

test('a member that can be dialled relays for those that cannot; the place is in the document', async () => {
  await using w = await world()
  const { manager } = await w.join(1)
  const b = await hidden(w, 2)
  const c = await hidden(w, 3)
  await readEachOther([manager, b, c])
  const addresses = () => manager.membership.peers.find(({ peerId }) => peerId === b.localPeerId)?.multiaddrs.join() ?? ''
  await eventually(() => expect(addresses()).toContain(`/p2p/${manager.localPeerId}/p2p-circuit`))
}, 60_000)

test('where nobody relays, the error says that', async () => {
  await using w = await world()
  await w.join(1, { relay: { serve: false } })
  const b = await hidden(w, 2)
  const c = await hidden(w, 3)
  await eventually(() => expect(b.peerCount).toBe(3))
  const failure = await b.fetchParticipantInfo(c.localPeerId).then(
    () => expect.unreachable('there is no way'),
    (error: Error) => error
  )
  const text = `${failure.message} ${(failure.cause as Error | undefined)?.message}`
  expect(text).toContain('only reachable through a relay; the cluster has none')
  expect(text).not.toContain('ask again later')
}, 60_000)

test('a relay follows a cluster whose Manager it carries itself, and is found again after a restart', async () => {
  await using w = await world()
  const start = (listen: readonly string[]) =>
    startRelay({ identity: someone(100).identity, listen, clusters: ['lab'], discoveryUrl: w.discoveryUrl, log: () => {} })
  let relay = await start(['/ip4/127.0.0.1/tcp/0'])
  const [multiaddr] = relay.multiaddrs
  const [, , , , port] = multiaddr!.split('/')
  const swarm = await createSwarm(someone(1).identity)
  const { manager: a } = await w.join(1, { swarm, relay: { use: multiaddr! } })
  const b = await hidden(w, 2)
  await readEachOther([a, b])
  await relay[Symbol.asyncDispose]()
  relay = await start([`/ip4/127.0.0.1/tcp/${port}`])
  await using _ = relay
  await readEachOther([a, b])
}, 90_000)
