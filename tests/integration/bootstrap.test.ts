import { inspect } from 'node:util'
import { ClusterManager, ClusterTarget } from '@auki/domain'
import { expect, test } from 'vitest'
import { eventually, joinAt, someone, world } from './world.ts'

test('create makes a cluster of one, and is refused where there is one', async () => {
  await using w = await world()
  const a = await w.join(1, { target: ClusterTarget.create('lab') })
  expect(a.manager).toMatchObject({ clusterName: 'lab', role: 'manager', isManager: true, managerPeerId: a.peerId, peerCount: 1 })
  await expect(w.join(2, { target: ClusterTarget.create('lab') })).rejects.toMatchObject({
    code: 'already-exists',
    details: { name: 'lab' }
  })
  await expect(w.join(1, { target: ClusterTarget.create('lab') })).rejects.toMatchObject({ code: 'already-exists' })
  const [row] = await ClusterManager.listClusters(w.discoveryUrl)
  expect(row).toMatchObject({ name: 'lab', managerPeerId: a.peerId, managerMultiaddrs: a.manager.localMultiaddrs, peerCount: 1 })
})

test('join finds the Manager and both know each other; a cluster that is not there is not found', async () => {
  await using w = await world()
  await expect(w.join(2, { target: ClusterTarget.join('lab') })).rejects.toMatchObject({ code: 'not-found', details: { name: 'lab' } })
  const a = await w.join(1)
  const b = await w.join(2, { target: ClusterTarget.join('lab') })
  expect(b.manager).toMatchObject({ role: 'follower', isManager: false, managerPeerId: a.peerId, peerCount: 2 })
  expect(a.manager.membership.peers.map(({ peerId }) => peerId)).toEqual([a.peerId, b.peerId])
  expect(b.manager.membership).toEqual(a.manager.membership)
  await eventually(() => expect(a.heard).toContainEqual({ type: 'member-joined', peerId: b.peerId }))
})

test('peers that all join or create at once end up in one cluster', async () => {
  await using w = await world()
  const members = await Promise.all([1, 2, 3, 4].map((seed) => w.join(seed)))
  expect(members.filter(({ manager }) => manager.isManager)).toHaveLength(1)
  await eventually(() => {
    for (const { manager } of members) expect(manager.peerCount).toBe(4)
  })
  expect(new Set(members.map(({ manager }) => manager.managerPeerId)).size).toBe(1)
  expect(w.commits.filter(({ event }) => event === 'created')).toHaveLength(1)
})

test('the most recent cluster is joined, and the fallback created where there is none', async () => {
  await using w = await world()
  const target = ClusterTarget.mostRecentOrCreate('fallback')
  const first = await w.join(1, { target })
  expect(first.manager).toMatchObject({ clusterName: 'fallback', isManager: true })
  const newer = await w.join(2, { target: ClusterTarget.create('newer') })
  const joined = await w.join(3, { target })
  expect(joined.manager).toMatchObject({ clusterName: 'newer', managerPeerId: newer.peerId })
})

test('the cluster manager joins and creates without a domain', async () => {
  await using w = await world()
  const a = await w.join(1)
  const b = await w.join(2)
  await b.domain.leave()
  const init = {
    localIdentity: someone(2).identity,
    discoveryUrl: w.discoveryUrl,
    daemonInfo: { name: 'bare', app: 'tool' },
    localMultiaddrs: ['/ip4/127.0.0.1/tcp/1'],
    clock: b.session.clock,
    log: () => {}
  }
  await expect(ClusterManager.createCluster({ ...init, clusterName: 'lab' })).rejects.toMatchObject({
    name: 'CreateClusterError',
    code: 'already-exists'
  })
  await expect(ClusterManager.joinCluster({ ...init, clusterName: 'none' })).rejects.toMatchObject({
    name: 'JoinClusterError',
    code: 'not-found'
  })
  await using bare = await ClusterManager.joinCluster({ ...init, clusterName: 'lab' })
  expect(bare.localMultiaddrs).toEqual(['/ip4/127.0.0.1/tcp/1'])
  expect(await bare.fetchParticipantInfo(a.peerId)).toMatchObject({ name: 'peer 1', app: 'integration', isManager: true })
  expect(await a.manager.fetchParticipantInfo(bare.localPeerId)).toMatchObject({ name: 'bare', app: 'tool', managerPeerId: a.peerId })
  expect(await a.manager.fetchResourcesCatalog(bare.localPeerId)).toEqual({ resources: [], skippedRows: 0 })
})

test('an observer joins, is marked, and creates nothing', async () => {
  await using w = await world()
  await expect(w.join(2, { observer: true })).rejects.toMatchObject({ code: 'not-found' })
  const a = await w.join(1)
  const b = await w.join(2, { observer: true })
  expect(a.manager.membership.peers.map(({ observer }) => observer)).toEqual([false, true])
  expect(b.manager.role).toBe('follower')
})

test.each([ClusterTarget.join('lab'), ClusterTarget.joinOrCreate('lab'), ClusterTarget.mostRecentOrCreate('lab')])(
  'a wrong path in the URL is not taken for a missing cluster: %j',
  async (target) => {
    await using w = await world()
    await w.join(1)
    const joining = joinAt(`${w.discoveryUrl}/wrong`, 2, { target })
    await expect(joining).rejects.toMatchObject({
      name: 'BootstrapError',
      code: 'discovery',
      message: expect.stringContaining(`${w.discoveryUrl}/wrong/clusters`)
    })
  }
)

test.each(['user:secret@', 'secret@'])('a URL with %s in it is refused before anything is asked, and not shown', async (credentials) => {
  await using w = await world()
  const url = w.discoveryUrl.replace('//', `//${credentials}`)
  const error: unknown = await joinAt(url, 2).catch((thrown: unknown) => thrown)
  expect(error).toMatchObject({ name: 'BootstrapError', code: 'discovery', message: expect.stringContaining('user or password') })
  expect(inspect(error, { depth: 10, showHidden: true })).not.toContain('secret')
  expect(w.commits).toEqual([])
})

test('however many addresses an app names for itself, the first sixteen are told', async () => {
  await using w = await world()
  const localMultiaddrs = Array.from({ length: 200 }, (_, i) => `/ip4/192.0.2.1/tcp/${i + 1}`)
  const a = await w.join(1, { localMultiaddrs, relayMultiaddrs: localMultiaddrs })
  expect(a.manager.localMultiaddrs).toEqual(localMultiaddrs.slice(0, 16))
  expect(a.manager.relayMultiaddrs).toEqual(localMultiaddrs.slice(0, 16))
  expect(a.manager.membership.peers[0]?.multiaddrs).toEqual(localMultiaddrs.slice(0, 16))
})
