import { expect, test } from 'vitest'
import { Domain } from './domain.ts'
import { DomainError } from './errors.ts'
import { httpStub, noSuchCluster } from './testing/http-stub.ts'
import { isStopped, loopbackSwarm, participant } from './testing/presence.ts'

test('another process under the same identity ends the presence: `closed` says why, nothing is deleted', async () => {
  const one = await participant(1)
  const row = (instance: string) => ({
    name: 'lab',
    manager_peer_id: one.identity.peerId,
    manager_multiaddrs: [],
    peer_count: 1,
    created_ns: 1,
    last_liveness_check_ns: 1,
    revision: 1_700_000_000_000_000,
    sweep_after_ms: 300,
    instance
  })
  await using discovery = await httpStub((request) => {
    if (request.startsWith('GET')) return noSuchCluster
    return request.endsWith('liveness') ? { status: 200, body: row('the other process') } : { status: 201, body: row('') }
  })
  await using swarm = await loopbackSwarm(one.identity)
  const domain = await Domain.join(one.peer, one.session, one.config(discovery.url, { swarm }))
  const why = await domain.closed
  expect(why).toBeInstanceOf(DomainError)
  expect(why).toMatchObject({ code: 'identity-in-use', details: { peer: one.identity.peerId } })
  expect(isStopped(swarm)).toBe(true)
  expect(domain.clusterManager.isManager).toBe(false)
  await domain.leave()
  expect(discovery.requests.filter((request) => request.startsWith('DELETE'))).toEqual([])
})
