/** A Manager that can't be reached, on real nodes: the error says at once, or at the deadline, which addresses there are and what the dials failed of. */
import { createServer } from 'node:net'
import { createDiscoveryServer, type DiscoveryServer } from '@auki/discovery'
import { type BootstrapError, ClusterTarget, Domain } from '@auki/domain'
import { createSwarm, DiscoveryClient } from '@auki/network'
import { describe, expect, test } from 'vitest'
import { participant } from '../../packages/domain/src/testing/presence.ts'

const joinDeadlineMs = 6_000

/** A row of somebody who is not there, kept fresh until disposed of. */
async function strangersRow(discovery: DiscoveryServer, managerMultiaddrs: readonly string[], name = 'lab') {
  const { identity } = await participant(7)
  const client = new DiscoveryClient(discovery.url)
  const { row } = await client.create(name, { managerPeerId: identity.peerId, managerMultiaddrs })
  const { revision } = row
  const timer = setInterval(() => void client.liveness(name, { peerCount: 1, revision }).catch(() => {}), 500)
  return { peerId: identity.peerId, [Symbol.dispose]: () => clearInterval(timer) }
}

async function joinFails(
  discovery: DiscoveryServer,
  target = ClusterTarget.join('lab')
): Promise<{ error: BootstrapError; tookMs: number }> {
  const one = await participant(1)
  const began = performance.now()
  const settings = { preset: 'lan' as const, joinDeadlineMs }
  const error = await Domain.join(one.peer, one.session, one.config(discovery.url, { target, settings })).then(
    () => expect.unreachable('nobody is there'),
    (thrown) => thrown
  )
  return { error, tookMs: performance.now() - began }
}

async function closedPort(): Promise<number> {
  const server = createServer()
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as { port: number }
  await new Promise((resolve) => server.close(resolve))
  return port
}

describe.concurrent('a Manager', () => {
  test.for([
    [['/ip4/127.0.0.1/udp/4001/quic-v1'], ['/quic-v1']],
    [['/unix/tmp%2Fsocket', '/memory/1'], ['others']],
    [[], []]
  ])('at %j is out of reach: told after one row life', async ([addresses, offered]) => {
    await using discovery = await createDiscoveryServer()
    using manager = await strangersRow(discovery, addresses!)
    const { error, tookMs } = await joinFails(discovery)
    expect(error).toMatchObject({
      code: 'send-join',
      details: { manager: manager.peerId, offered, usable: ['/tcp', '/ws', '/wss', 'a relay'] }
    })
    expect(error.message).toContain('we can use /tcp, /ws, /wss, a relay')
    expect(tookMs).toBeGreaterThanOrEqual(2_900)
    expect(tookMs).toBeLessThan(joinDeadlineMs - 500)
  })

  test('whose port is closed: at the deadline, with what the last dial failed of', async () => {
    await using discovery = await createDiscoveryServer()
    const address = `/ip4/127.0.0.1/tcp/${await closedPort()}`
    using _manager = await strangersRow(discovery, [address])
    const { error } = await joinFails(discovery)
    expect(error).toMatchObject({ code: 'send-join', details: { timedOut: true, offered: ['/tcp'] }, cause: expect.any(Error) })
    expect(error.message).toContain('ECONNREFUSED')
    expect(error.message).toContain(address)
    expect((error.cause as Error).message).toContain('ECONNREFUSED')
  })

  test('that takes connections and says nothing: the address that does not answer is named', async () => {
    await using discovery = await createDiscoveryServer()
    const server = createServer(() => {})
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    const { port } = server.address() as { port: number }
    using _manager = await strangersRow(discovery, [`/ip4/127.0.0.1/tcp/${port}`])
    const { error } = await joinFails(discovery)
    server.close()
    expect(error).toMatchObject({ code: 'send-join', details: { timedOut: true } })
    expect(error.message).toContain(`/ip4/127.0.0.1/tcp/${port}`)
  })

  test('of the newest cluster out of reach: the next one is joined', async () => {
    await using discovery = await createDiscoveryServer()
    const two = await participant(2)
    await using hall = await Domain.join(two.peer, two.session, two.config(discovery.url, { target: ClusterTarget.create('hall') }))
    using _manager = await strangersRow(discovery, ['/ip4/127.0.0.1/udp/4001/quic-v1'], 'newest')
    const one = await participant(1)
    const target = ClusterTarget.mostRecentOrCreate('attic')
    await using domain = await Domain.join(one.peer, one.session, one.config(discovery.url, { target }))
    expect(domain.clusterManager.clusterName).toBe(hall.clusterManager.clusterName)
  })

  test('that nobody could dial: created on purpose only', async () => {
    await using discovery = await createDiscoveryServer()
    const one = await participant(1)
    const settings = { preset: 'lan' as const, joinDeadlineMs: 1_500 }
    const waiting = one.config(discovery.url, {
      target: ClusterTarget.joinOrCreate('lab'),
      settings,
      swarm: await createSwarm(one.identity)
    })
    await expect(Domain.join(one.peer, one.session, waiting)).rejects.toMatchObject({
      code: 'unreachable-creator',
      details: { name: 'lab' }
    })
    const warned: string[] = []
    const config = one.config(discovery.url, {
      target: ClusterTarget.create('lab'),
      swarm: await createSwarm(one.identity),
      log: (level, text) => void (level === 'warn' && warned.push(text))
    })
    await using domain = await Domain.join(one.peer, one.session, config)
    expect(domain.clusterManager.isManager).toBe(true)
    expect(warned.join()).toContain('nobody can reach us')
  })
})
