import { PeerIdentity } from '@auki/identity'
import type { Connection, IdentifyResult } from '@libp2p/interface'
import { expect, test } from 'vitest'
import { startRaw, startSwarm } from '../testing/peers.ts'
import { createSwarm, nodeOf } from './swarm.ts'

test('has the peer id of its identity', async () => {
  await using swarm = await createSwarm(PeerIdentity.fromSeed(new Uint8Array(32).fill(1)))
  expect(swarm.peerId).toBe('12D3KooWK99VoVxNE7XzyBwXEzW7xhK7Gpv85r9F3V3fyKSUKPH5')
})

test('listens on nothing unless told', async () => {
  expect((await startSwarm({ listen: [] })).listenAddresses()).toEqual([])
  expect((await startSwarm()).listenAddresses()).toEqual([expect.stringMatching(/^\/ip4\/127\.0\.0\.1\/tcp\/\d+$/)])
})

test('names the announced addresses in place of those it listens on', async () => {
  const swarm = await startSwarm({ announce: ['/ip4/192.0.2.1/tcp/4001'] })
  expect(swarm.listenAddresses()).toEqual(['/ip4/192.0.2.1/tcp/4001'])
})

test('an address that cannot be listened on is an error', async () => {
  await expect(startSwarm({ listen: ['/ip4/192.0.2.1/tcp/1'] })).rejects.toThrow('/ip4/192.0.2.1/tcp/1')
})

test('tells who it is when asked, by the standard protocol', async () => {
  const swarm = await startSwarm({ agentVersion: 'demo/1.2.3' })
  const raw = await startRaw()
  const connection = await raw.connect({ peerId: swarm.peerId, multiaddrs: swarm.listenAddresses() })
  const { identify } = nodeOf(raw.swarm).libp2p.services as { identify: { identify(connection: Connection): Promise<IdentifyResult> } }
  const told = await identify.identify(connection)
  expect(told).toMatchObject({ protocolVersion: '/auki/identify/0.0.1', agentVersion: 'demo/1.2.3' })
  expect(told.protocols).toContain('/ipfs/ping/1.0.0')
})

test('is reached over WebSockets as well', async () => {
  const swarm = await startSwarm({ listen: ['/ip4/127.0.0.1/tcp/0/ws'] })
  const raw = await startRaw({ listen: [] })
  const connection = await raw.connect({ peerId: swarm.peerId, multiaddrs: swarm.listenAddresses() })
  expect(connection.remotePeer.toString()).toBe(swarm.peerId)
})

test('takes many connections from one host at once', async () => {
  const swarm = await startSwarm()
  const { parts, libp2p } = nodeOf(swarm)
  const raws = await Promise.all(Array.from({ length: 30 }, () => startRaw({ listen: [] })))
  await Promise.all(raws.map((raw) => raw.connect({ peerId: swarm.peerId, multiaddrs: swarm.listenAddresses() })))
  expect(parts).toBeDefined()
  expect(new Set(raws.map(({ peerId }) => peerId)).size).toBe(30)
  await swarm.stop()
  expect(libp2p.getConnections()).toEqual([])
})

test('a swarm of somebody else is refused', () => {
  const { promise } = Promise.withResolvers<void>()
  const fake = { peerId: 'x', listenAddresses: () => [], stop: () => promise, [Symbol.asyncDispose]: () => promise }
  expect(() => nodeOf(fake)).toThrow('createSwarm')
})
