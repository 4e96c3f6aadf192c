import { Peer } from '@auki/session'
import { expect, test } from 'vitest'
import { ClusterManager } from './cluster-manager.ts'
import { ClusterTarget, type DomainConfig } from './config.ts'
import { Domain } from './domain.ts'
import { BootstrapError, DomainError } from './errors.ts'
import { httpStub, noSuchCluster } from './testing/http-stub.ts'
import { isStopped, loopbackSwarm, participant } from './testing/presence.ts'

test("parts that belong to different peers are refused before anything is done, and the swarm stays the caller's", async () => {
  await using discovery = await httpStub(() => noSuchCluster)
  const [one, two] = [await participant(1), await participant(2)]
  await using swarm = await loopbackSwarm(two.identity)
  const [a, b] = [one.identity.peerId, two.identity.peerId]
  const config = one.config(discovery.url, { swarm })
  await expect(Domain.join(one.peer, two.session, config)).rejects.toMatchObject({
    name: 'DomainError',
    code: 'session-identity-mismatch',
    details: { peer: a, session: b }
  })
  await expect(Domain.join(two.peer, two.session, config)).rejects.toMatchObject({
    code: 'identity-mismatch',
    details: { peer: b, identity: a }
  })
  await expect(Domain.join(one.peer, one.session, config)).rejects.toMatchObject({
    code: 'swarm-identity-mismatch',
    details: { identity: a, swarm: b }
  })
  expect(isStopped(swarm)).toBe(false)
  expect(discovery.requests).toEqual([])
})

test('an identity is given with the peer or in the config: with neither, or with two that differ, nothing is done', async () => {
  await using discovery = await httpStub(() => noSuchCluster)
  const [one, two] = [await participant(1), await participant(2)]
  const [a, b] = [one.identity.peerId, two.identity.peerId]
  const { localIdentity: _, ...config } = one.config(discovery.url)
  await expect(Domain.join(one.peer, one.session, config)).rejects.toMatchObject({
    name: 'DomainError',
    code: 'no-identity',
    details: { peer: a }
  })
  const peer = new Peer({ identity: one.identity })
  const session = await peer.startSession()
  const joining = Domain.join(peer, session, { ...config, localIdentity: two.identity })
  await expect(joining).rejects.toMatchObject({ code: 'identity-mismatch', details: { peer: a, identity: b } })
  expect(discovery.requests).toEqual([])
  await expect(Domain.join(peer, session, { ...config, target: ClusterTarget.join('lab') })).rejects.toMatchObject({ code: 'not-found' })
})

test.each<[string, Partial<DomainConfig>, unknown]>([
  ['an empty name', { target: ClusterTarget.create('') }, { code: 'invalid-name', details: { name: '' } }],
  ['a name that is a path', { target: ClusterTarget.join('../x') }, { code: 'invalid-name' }],
  ['a name that is too long', { target: ClusterTarget.joinOrCreate('x'.repeat(65)) }, { code: 'invalid-name' }],
  ['the reserved name', { target: ClusterTarget.mostRecentOrCreate('watch') }, { code: 'invalid-name', details: { name: 'watch' } }],
  ['an observer that would create', { target: ClusterTarget.create('lab'), observer: true }, { code: 'observer-cannot-create' }],
  ['an address that is none', { localMultiaddrs: ['/ip4/300.0.0.1'] }, { code: 'runtime', cause: { code: 'invalid-multiaddr' } }],
  ['a relay that is none', { relayMultiaddrs: ['relay'] }, { code: 'runtime', cause: { code: 'invalid-multiaddr' } }],
  ['a setting out of range', { settings: { peerLossTimeoutMs: 1 } }, expect.any(RangeError)]
])('%s is refused before any I/O; the swarm is stopped', async (_what, changes, error) => {
  await using discovery = await httpStub(() => noSuchCluster)
  const one = await participant(1)
  await using swarm = await loopbackSwarm(one.identity)
  const joining = Domain.join(one.peer, one.session, one.config(discovery.url, { ...changes, swarm }))
  await expect(joining).rejects.toMatchObject(error as object)
  expect(discovery.requests).toEqual([])
  expect(isStopped(swarm)).toBe(true)
})

test('a name of 64 legal characters is asked for', async () => {
  await using discovery = await httpStub(() => noSuchCluster)
  const one = await participant(1)
  const name = `${'aZ09_-'.repeat(10)}aaaa`
  await expect(Domain.join(one.peer, one.session, one.config(discovery.url, { target: ClusterTarget.join(name) }))).rejects.toMatchObject({
    code: 'not-found',
    details: { name }
  })
  expect(discovery.requests[0]).toBe(`GET /clusters/${name}`)
})

test('an aborted join asks nobody and stops the swarm', async () => {
  await using discovery = await httpStub(() => noSuchCluster)
  const one = await participant(1)
  await using swarm = await loopbackSwarm(one.identity)
  const reason = new Error('changed my mind')
  const joining = Domain.join(one.peer, one.session, one.config(discovery.url, { swarm }), { signal: AbortSignal.abort(reason) })
  await expect(joining).rejects.toBe(reason)
  expect(discovery.requests).toEqual([])
  expect(isStopped(swarm)).toBe(true)
})

test('an abort while Discovery is silent rejects with its reason', async () => {
  await using discovery = await httpStub(() => undefined)
  const one = await participant(1)
  const abort = new AbortController()
  const asked = discovery.next('GET /clusters/lab')
  const joining = Domain.join(one.peer, one.session, one.config(discovery.url), { signal: abort.signal })
  const reason = new Error('enough')
  void asked.then(() => abort.abort(reason))
  await expect(joining).rejects.toBe(reason)
})

test('a row created while the app gives up is deleted again', async () => {
  const one = await participant(1)
  const abort = new AbortController()
  await using discovery = await httpStub((request) => {
    if (request.startsWith('GET')) return noSuchCluster
    if (request.startsWith('DELETE')) return { status: 204 }
    abort.abort(new Error('too late'))
    return { status: 201, body: rowOf(one.identity.peerId) }
  })
  const joining = Domain.join(one.peer, one.session, one.config(discovery.url), { signal: abort.signal })
  await expect(joining).rejects.toThrow('too late')
  expect(discovery.requests.filter((request) => !request.endsWith('/watch'))).toEqual([
    'GET /clusters/lab',
    'POST /clusters/lab',
    'DELETE /clusters/lab'
  ])
})

const rowOf = (peerId: string) => ({
  name: 'lab',
  manager_peer_id: peerId,
  manager_multiaddrs: [],
  relay_multiaddrs: [],
  peer_count: 1,
  created_ns: 1,
  last_liveness_check_ns: 1,
  revision: 1_700_000_000_000_000,
  sweep_after_ms: 3_000,
  instance: 'another life'
})

test.each([
  ['answers nonsense', { status: 500, body: { error: 'broken' } }],
  ['is something else', { status: 200, body: 'hello' }]
])('a Discovery that %s is told with what it said', async (_what, answer) => {
  await using discovery = await httpStub(() => answer)
  const one = await participant(1)
  const error = await Domain.join(one.peer, one.session, one.config(discovery.url)).catch((e: unknown) => e)
  expect(error).toBeInstanceOf(BootstrapError)
  expect(error).toMatchObject({ code: 'discovery', cause: { name: 'DiscoveryClientError' } })
})

test('a Discovery that is not there is told, in every way to join', async () => {
  const one = await participant(1)
  const { target: _, ...init } = one.config('http://127.0.0.1:1')
  const more = { ...init, clock: one.session.clock }
  await expect(Domain.join(one.peer, one.session, one.config('http://127.0.0.1:1'))).rejects.toMatchObject({ code: 'discovery' })
  await expect(Domain.join(one.peer, one.session, one.config('no url'))).rejects.toMatchObject({ code: 'discovery' })
  await expect(ClusterManager.createCluster({ ...more, clusterName: 'lab' })).rejects.toMatchObject({
    name: 'CreateClusterError',
    code: 'discovery'
  })
  await expect(ClusterManager.joinCluster({ ...more, clusterName: 'lab' })).rejects.toMatchObject({
    name: 'JoinClusterError',
    code: 'discovery'
  })
  await expect(ClusterManager.createCluster({ ...more, clusterName: 'a b' })).rejects.toMatchObject({ code: 'invalid-name' })
  await expect(ClusterManager.joinCluster({ ...more, clusterName: 'a b' })).rejects.toMatchObject({ code: 'invalid-name' })
  await expect(ClusterManager.listClusters('http://127.0.0.1:1')).rejects.toMatchObject({ name: 'DiscoveryClientError' })
})

test("a node that can't be used is told, and stopped", async () => {
  const one = await participant(1)
  let stops = 0
  const stop = async (): Promise<void> => {
    stops += 1
  }
  const swarm = { peerId: one.identity.peerId, listenAddresses: () => [], stop, [Symbol.asyncDispose]: stop }
  await expect(Domain.join(one.peer, one.session, one.config('http://127.0.0.1:1', { swarm }))).rejects.toMatchObject({ code: 'runtime' })
  expect(stops).toBe(1)
})

test('leaving cleanly resolves `closed` to nothing; a row that could not be deleted is told to the first who leaves', async () => {
  const one = await participant(1)
  let deleting = 0
  await using discovery = await httpStub((request) => {
    if (request.startsWith('GET')) return noSuchCluster
    if (!request.startsWith('DELETE')) return { status: 201, body: rowOf(one.identity.peerId) }
    deleting += 1
    return { status: 500 }
  })
  const domain = await Domain.join(one.peer, one.session, one.config(discovery.url, { target: ClusterTarget.create('lab') }))
  const [first, second] = await Promise.allSettled([domain.leave(), domain.leave()])
  expect(first).toMatchObject({ status: 'rejected', reason: { code: 'shutdown', cause: { name: 'DiscoveryClientError' } } })
  expect((first as PromiseRejectedResult).reason).toBeInstanceOf(DomainError)
  expect(second.status).toBe('fulfilled')
  await domain.leave()
  expect(deleting).toBe(1)
  expect(await domain.closed).toBeUndefined()
})

test('an aborted leave skips the courtesy and rejects with its reason, once everything is down', async () => {
  const one = await participant(1)
  await using swarm = await loopbackSwarm(one.identity)
  await using discovery = await httpStub((request) => {
    if (request.startsWith('GET')) return noSuchCluster
    return request.startsWith('DELETE') ? undefined : { status: 201, body: rowOf(one.identity.peerId) }
  })
  const domain = await Domain.join(one.peer, one.session, one.config(discovery.url, { swarm }))
  const reason = new Error('in a hurry')
  await expect(domain.leave({ signal: AbortSignal.abort(reason) })).rejects.toBe(reason)
  expect(isStopped(swarm)).toBe(true)
  expect(await domain.closed).toBeUndefined()
})

test('after the end getters show the last state, calls say that it is over', async () => {
  const one = await participant(1)
  await using discovery = await httpStub((request) => {
    if (request.startsWith('GET')) return noSuchCluster
    return request.startsWith('DELETE') ? { status: 204 } : { status: 201, body: rowOf(one.identity.peerId) }
  })
  const domain = await Domain.join(one.peer, one.session, one.config(discovery.url, { joinAuthorization: 'Bearer x' }))
  const { clusterManager } = domain
  expect([clusterManager.role, clusterManager.isManager, clusterManager.peerCount]).toEqual(['manager', true, 1])
  await domain.leave()
  const { peerId } = one.identity
  expect(clusterManager).toMatchObject({
    clusterName: 'lab',
    localPeerId: peerId,
    managerPeerId: peerId,
    isManager: false,
    role: 'ended',
    peerCount: 1,
    relayMultiaddrs: [],
    joinAuthorization: 'Bearer x'
  })
  expect(clusterManager.localMultiaddrs.length).toBeGreaterThan(0)
  expect(clusterManager.membership.peers[0]).toMatchObject({ peerId })
  await expect(clusterManager.admitPeer('p', [])).rejects.toMatchObject({ code: 'stopped' })
  await expect(clusterManager.fetchParticipantInfo('p')).rejects.toMatchObject({ code: 'stopped' })
  await expect(clusterManager.fetchSensorEntry('p', 'i', 'h')).rejects.toMatchObject({ code: 'stopped' })
  await expect(clusterManager.fetchResourcesCatalog('p')).rejects.toMatchObject({ code: 'request' })
  expect(clusterManager.drainDiagnosticMessages()).toEqual([])
  expect(await clusterManager.events().next()).toEqual({ done: true, value: undefined })
})
