import { ClusterManager, createSwarm, DiscoveryClient, SessionClock } from '@auki/domain'
import { expect, test } from 'vitest'
import { eventually, someone, world } from './world.ts'

const clockOf = (peerId: string): SessionClock => new SessionClock({ id: `${peerId}/s/monotonic`, hash: 'a'.repeat(32) })

test('a Manager that nobody can dial is reached through a relay, which Discovery names', async () => {
  await using w = await world()
  await using relay = await createSwarm(someone(100).identity, { listen: ['/ip4/127.0.0.1/tcp/0'], relayServer: true })
  const base = `${relay.listenAddresses()[0]}/p2p/${relay.peerId}`
  const { identity } = someone(1)
  await using hidden = await ClusterManager.createCluster({
    clusterName: 'lab',
    localIdentity: identity,
    discoveryUrl: w.discoveryUrl,
    daemonInfo: { name: 'behind a router' },
    swarm: await createSwarm(identity),
    clock: clockOf(identity.peerId),
    relayReservation: { relayDialMultiaddr: base, relayAdvertiseMultiaddr: base, timeoutMs: 5_000 },
    log: () => {}
  })
  const circuit = `${base}/p2p-circuit/p2p/${identity.peerId}`
  expect(hidden.localMultiaddrs).toEqual([circuit])
  expect(await new DiscoveryClient(w.discoveryUrl).get('lab')).toMatchObject({
    row: { managerMultiaddrs: [circuit], relayMultiaddrs: [base] }
  })
  const b = await w.join(2)
  expect(b.manager).toMatchObject({ managerPeerId: identity.peerId, relayMultiaddrs: [base] })
  expect(await b.manager.fetchParticipantInfo(identity.peerId)).toMatchObject({ name: 'behind a router' })
  await eventually(() => b.manager.domainClockEstimate())
})

test('without a place at the relay Discovery is not asked', async () => {
  await using w = await world()
  await using plain = await createSwarm(someone(100).identity, { listen: ['/ip4/127.0.0.1/tcp/0'] })
  const base = `${plain.listenAddresses()[0]}/p2p/${plain.peerId}`
  const { identity } = someone(1)
  const creating = ClusterManager.createCluster({
    clusterName: 'lab',
    localIdentity: identity,
    discoveryUrl: w.discoveryUrl,
    daemonInfo: { name: 'behind a router' },
    swarm: await createSwarm(identity),
    clock: clockOf(identity.peerId),
    relayReservation: { relayDialMultiaddr: base, relayAdvertiseMultiaddr: base, timeoutMs: 5_000 },
    log: () => {}
  })
  await expect(creating).rejects.toMatchObject({ name: 'CreateClusterError', code: 'relay-reservation' })
  expect(w.commits).toEqual([])
})
