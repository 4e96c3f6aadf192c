import { expect, test } from 'vitest'
import { nodeOf } from '../swarm/swarm.ts'
import { befriend, startPeer, startSwarm, until } from '../testing/peers.ts'

test('a connected peer has an address and has been heard; a ping is a round trip, and a sign of life', async () => {
  const [a, b] = [await startPeer(), await startPeer()]
  expect(a.runtime.contact(b.peerId)).toBeUndefined()
  await befriend(a, b)
  expect(a.runtime.contact(b.peerId)).toEqual({
    multiaddr: expect.stringMatching(/^\/ip4\/127\.0\.0\.1\/tcp\/\d+$/),
    relayed: false,
    silentMs: expect.any(Number)
  })
  const before = performance.now()
  expect(await a.runtime.ping(b.peerId)).toBeGreaterThan(0)
  expect(a.runtime.contact(b.peerId)?.silentMs).toBeLessThan(performance.now() - before)
  expect(await b.runtime.ping(a.peerId)).toBeGreaterThan(0)
})

test('a member that is not connected is dialled for it; a stranger is not', async () => {
  const b = await startPeer()
  const a = await startPeer({ members: [b] })
  b.runtime.setAllowedPeers([a])
  expect(await a.runtime.ping(b.peerId)).toBeGreaterThan(0)
  const stranger = await startPeer()
  await expect(a.runtime.ping(stranger.peerId)).rejects.toMatchObject({ name: 'RequestError', code: 'open-stream' })
})

test('whoever waits for an answer hears of the end of the connection, and may stop waiting', async () => {
  const [a, b] = [await startPeer(), await startPeer()]
  await befriend(a, b)
  const [connection] = nodeOf(a.swarm).libp2p.getConnections()
  const { maConn } = connection as unknown as { maConn: { socket: { pause(): void } } }
  maConn.socket.pause() // no answer comes any more
  const enough = new Error('enough')
  const stop = new AbortController()
  const given = a.runtime.ping(b.peerId, { signal: stop.signal })
  stop.abort(enough)
  await expect(given).rejects.toBe(enough)
  await expect(a.runtime.ping(b.peerId, { signal: stop.signal })).rejects.toBe(enough)
  const waiting = a.runtime.ping(b.peerId)
  await new Promise(setImmediate) // it has been written
  connection!.abort(new Error('cut'))
  await expect(waiting).rejects.toMatchObject({ code: 'open-stream', message: expect.stringContaining('the connection has ended') })
})

test('a peer behind a relay is said to be, and pinged through it', async () => {
  const relay = await startSwarm({ relayServer: true })
  const relayMultiaddr = `${relay.listenAddresses()[0]}/p2p/${relay.peerId}`
  const hidden = await startPeer({ swarm: { listen: [] } })
  const address = await hidden.runtime.reserveRelayCircuitAddr(relayMultiaddr, { timeoutMs: 5_000 })
  const other = await startPeer({ swarm: { listen: [] }, members: [{ peerId: hidden.peerId, multiaddrs: [address] }] })
  hidden.runtime.setAllowedPeers([{ peerId: other.peerId, multiaddrs: [] }])
  await until(() => other.runtime.isConnected(hidden.peerId) && hidden.runtime.isConnected(other.peerId))
  expect(await other.runtime.ping(hidden.peerId)).toBeGreaterThan(0)
  expect(other.runtime.contact(hidden.peerId)).toMatchObject({ multiaddr: `${relayMultiaddr}/p2p-circuit`, relayed: true })
  expect(hidden.runtime.contact(other.peerId)?.relayed).toBe(true)
})

test('after the end there is neither', async () => {
  const [a, b] = [await startPeer(), await startPeer()]
  await befriend(a, b)
  await a.runtime.shutdown()
  expect(a.runtime.contact(b.peerId)).toBeUndefined()
  await expect(a.runtime.ping(b.peerId)).rejects.toMatchObject({ code: 'runtime-unavailable' })
})
