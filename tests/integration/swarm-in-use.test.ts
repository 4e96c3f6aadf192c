/** A node serves one presence: whoever used it again would be a Manager whom nobody reaches. */
import { createDiscoveryServer } from '@auki/discovery'
import { ClusterManager, ClusterTarget, Domain } from '@auki/domain'
import { createSwarm } from '@auki/network'
import { describe, expect, test } from 'vitest'
import { isStopped, loopbackSwarm, participant } from '../../packages/domain/src/testing/presence.ts'

async function stage() {
  const discovery = await createDiscoveryServer()
  const one = await participant(1)
  const swarm = await loopbackSwarm(one.identity)
  const join = (name: string) =>
    Domain.join(one.peer, one.session, one.config(discovery.url, { target: ClusterTarget.joinOrCreate(name), swarm }))
  const bootstrap = () => {
    const init = one.config(discovery.url, { target: ClusterTarget.joinOrCreate('other'), swarm })
    return ClusterManager.bootstrap({ ...init, clock: one.session.clock })
  }
  return { discovery, one, swarm, join, bootstrap, [Symbol.asyncDispose]: () => swarm.stop().then(() => discovery.close()) }
}

const refused = { name: 'DomainError', code: 'swarm-in-use' }
const runtime = { name: 'BootstrapError', code: 'runtime', details: { reason: 'swarm-in-use' } }

describe('a swarm', () => {
  test('of a living presence is refused to a second one, which leaves it alone', async () => {
    await using set = await stage()
    await using domain = await set.join('lab')
    await expect(set.join('other')).rejects.toMatchObject({ ...refused, details: { swarm: set.one.identity.peerId } })
    await expect(set.bootstrap()).rejects.toMatchObject(runtime)
    expect(isStopped(set.swarm)).toBe(false)
    expect(domain.clusterManager.role).toBe('manager')
    expect((await ClusterManager.listClusters(set.discovery.url)).map(({ name }) => name)).toEqual(['lab'])
  })

  test('is refused after its presence has left, and after one that failed', async () => {
    await using set = await stage()
    await (await set.join('lab')).leave()
    await expect(set.join('lab')).rejects.toMatchObject(refused)
    await expect(set.bootstrap()).rejects.toMatchObject(runtime)

    await using other = await stage()
    await expect(other.join('no name')).rejects.toMatchObject({ code: 'invalid-name' })
    await expect(other.join('lab')).rejects.toMatchObject(refused)
  })

  test('goes to the first of two joins at the same time', async () => {
    await using set = await stage()
    const [first, second] = await Promise.allSettled([set.join('lab'), set.join('other')])
    expect(second).toMatchObject({ status: 'rejected', reason: refused })
    expect(first.status).toBe('fulfilled')
    expect(isStopped(set.swarm)).toBe(false)
    if (first.status === 'fulfilled') await first.value.leave()
  })

  test('that was stopped is refused, and so is a stopped one from the statics', async () => {
    await using set = await stage()
    await set.swarm.stop()
    await expect(set.join('lab')).rejects.toMatchObject(refused)
    const { target: _, ...config } = set.one.config(set.discovery.url, { swarm: set.swarm })
    const init = { ...config, clusterName: 'lab', clock: set.one.session.clock }
    await expect(ClusterManager.createCluster(init)).rejects.toMatchObject({ ...runtime, name: 'CreateClusterError' })
    await expect(ClusterManager.joinCluster(init)).rejects.toMatchObject({ ...runtime, name: 'JoinClusterError' })
  })

  test('of another identity is told so first', async () => {
    await using set = await stage()
    const [two, three] = [await participant(2), await participant(3)]
    await using swarm = await createSwarm(two.identity)
    await swarm.stop()
    const joining = Domain.join(three.peer, three.session, three.config(set.discovery.url, { swarm }))
    await expect(joining).rejects.toMatchObject({ code: 'swarm-identity-mismatch' })
  })
})
