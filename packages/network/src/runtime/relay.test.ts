import { once } from 'node:events'
import { type AddressInfo, createServer } from 'node:net'
import { circuitRelayServer } from '@libp2p/circuit-relay-v2'
import { identify } from '@libp2p/identify'
import type { Connection } from '@libp2p/interface'
import { noise } from '@libp2p/noise'
import { tcp } from '@libp2p/tcp'
import { yamux } from '@libp2p/yamux'
import { multiaddr } from '@multiformats/multiaddr'
import { createLibp2p } from 'libp2p'
import { expect, test } from 'vitest'
import { nodeOf } from '../swarm/swarm.ts'
import { ManualTimers } from '../testing/manual-timers.ts'
import { startPeer, startRaw, startSwarm, type TestPeer, until } from '../testing/peers.ts'

const timeoutMs = 5_000

/** A peer that is reachable over the relay only, and one that knows that address. */
async function startPair(
  relayMultiaddr: string,
  placed = (_hidden: TestPeer): unknown => undefined
): Promise<{ hidden: TestPeer; other: TestPeer; address: string }> {
  const hidden = await startPeer({ swarm: { listen: [] } })
  const address = await hidden.runtime.reserveRelayCircuitAddr(relayMultiaddr, { timeoutMs })
  placed(hidden)
  const other = await startPeer({ swarm: { listen: [] }, members: [{ peerId: hidden.peerId, multiaddrs: [address] }] })
  hidden.runtime.setAllowedPeers([{ peerId: other.peerId, multiaddrs: [] }])
  await other.runtime.waitConnected(hidden.peerId)
  await hidden.runtime.waitConnected(other.peerId)
  return { hidden, other, address }
}

async function exchangeEverything({ hidden, other }: { hidden: TestPeer; other: TestPeer }): Promise<void> {
  const request = { multiaddrs: [], authorization: '', observer: false }
  expect(await other.runtime.requestJoin(hidden.peerId, request)).toMatchObject({ kind: 'accept' })
  expect(await hidden.runtime.requestInfo(other.peerId)).toMatchObject({ peerId: other.peerId })
  other.runtime.setHeartbeatTargets([hidden.peerId])
  await until(() => hidden.events.some(({ type }) => type === 'heartbeat-received'))
}

/** A host that takes connections and never says a word. */
async function startSilence(): Promise<{ port: number; close(): void }> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  return { port: (server.address() as AddressInfo).port, close: () => server.close() }
}

test('a peer behind a relay of ours is found there, and every protocol runs', async () => {
  const relay = await startSwarm({ relayServer: true })
  const relayMultiaddr = `${relay.listenAddresses()[0]}/p2p/${relay.peerId}`
  const pair = await startPair(relayMultiaddr)
  expect(pair.address).toBe(`${relayMultiaddr}/p2p-circuit/p2p/${pair.hidden.peerId}`)
  await exchangeEverything(pair)
  expect(pair.hidden.swarm.listenAddresses()).toContain(pair.address)
})

test('who is reached through us, or reaches others, stays connected though it is no member; a mere stranger goes', async () => {
  const timers = new ManualTimers()
  const relay = await startPeer({ swarm: { relayServer: true }, limits: { strangerGraceMs: 5_000 }, timers })
  await startPair(`${relay.multiaddrs[0]}/p2p/${relay.peerId}`, (hidden) => relay.runtime.setAllowedPeers([{ ...hidden, manager: true }]))
  const waiting = await startPeer({ swarm: { listen: [] } })
  await waiting.runtime.reserveRelayCircuitAddr(relay.multiaddrs[0]!, { timeoutMs })
  const stranger = await startRaw()
  await stranger.connect(relay)
  await until(() => relay.runtime.connectedPeers().length === 4)
  await timers.advance(6_000)
  expect(relay.lines.filter((line) => line.includes('disconnecting'))).toEqual([expect.stringContaining(stranger.peerId)])
  await until(() => !relay.runtime.isConnected(stranger.peerId))
})

test('every protocol runs over a connection that the relay limits', async () => {
  const relay = await createLibp2p({
    addresses: { listen: ['/ip4/127.0.0.1/tcp/0'] },
    transports: [tcp()],
    connectionEncrypters: [noise()],
    streamMuxers: [yamux()],
    services: { identify: identify(), relay: circuitRelayServer() }
  })
  try {
    const pair = await startPair(relay.getMultiaddrs()[0]!.toString())
    const [connection] = nodeOf(pair.other.swarm)
      .libp2p.getConnections()
      .filter(({ remotePeer }) => remotePeer.toString() === pair.hidden.peerId)
    expect(connection?.limits).toBeDefined()
    await exchangeEverything(pair)
  } finally {
    await relay.stop()
  }
})

test('a place that was lost is taken again', async () => {
  const relay = await startSwarm({ relayServer: true })
  const peer = await startPeer({ swarm: { listen: [] }, limits: { reconnectTickMs: 20, redialBackoffMinMs: 20 } })
  const base = await peer.runtime.reserveRelayCircuitAddr(relay.listenAddresses()[0]!, { timeoutMs })
  const [lost] = nodeOf(relay).libp2p.getConnections()
  lost!.abort(new Error('gone'))
  await until(() =>
    nodeOf(relay)
      .libp2p.getConnections()
      .some(({ id }) => id !== lost!.id)
  )
  await until(() => nodeOf(relay).relay.has(peer.peerId))
  expect(peer.swarm.listenAddresses()).toContain(base)
})

test('a relay without its peer id in the address is asked for it', async () => {
  const relay = await startSwarm({ relayServer: true })
  const peer = await startPeer({ swarm: { listen: [] } })
  const address = await peer.runtime.reserveRelayCircuitAddr(relay.listenAddresses()[0]!, { timeoutMs })
  expect(address).toContain(`/p2p/${relay.peerId}/p2p-circuit/p2p/${peer.peerId}`)
})

test('no relay there, none that reserves, no answer, no multiaddr, an abort: each is an error that says which', async () => {
  const peer = await startPeer()
  const noRelay = await startSwarm()
  const ask = (address: string, options = {}) => peer.runtime.reserveRelayCircuitAddr(address, { timeoutMs, ...options })
  await expect(ask('/ip4/127.0.0.1/tcp/1')).rejects.toMatchObject({
    code: 'open-stream',
    details: { relayMultiaddr: '/ip4/127.0.0.1/tcp/1' }
  })
  await expect(ask(noRelay.listenAddresses()[0]!)).rejects.toMatchObject({ code: 'open-stream' })
  await expect(ask('nonsense')).rejects.toMatchObject({ code: 'open-stream' })
  const { port, close } = await startSilence()
  const silent = `/ip4/127.0.0.1/tcp/${port}`
  await expect(ask(silent, { timeoutMs: 100 })).rejects.toMatchObject({ code: 'timeout', details: { durationMs: 100 } })
  close()
  const signal = AbortSignal.abort(new Error('enough'))
  await expect(ask(silent, { signal })).rejects.toThrow('enough')
})

/** A relay with a cluster: its Manager and a member behind it, and somebody from outside. */
async function startCluster() {
  const relay = await startPeer({ swarm: { relayServer: true } })
  const [manager, member, stranger] = await Promise.all([1, 2, 3].map(() => startPeer({ swarm: { listen: [] } })))
  const base = `${relay.multiaddrs[0]}/p2p/${relay.peerId}`
  const addresses = new Map<string, string>()
  for (const peer of [manager!, member!, stranger!])
    addresses.set(peer.peerId, await peer.runtime.reserveRelayCircuitAddr(base, { timeoutMs }))
  const allow = (...members: TestPeer[]) =>
    relay.runtime.setAllowedPeers(members.map((peer) => ({ peerId: peer.peerId, multiaddrs: [], manager: peer === manager })))
  const reach = (from: TestPeer, to: TestPeer) => nodeOf(from.swarm).libp2p.dial(multiaddr(addresses.get(to.peerId)!))
  return { relay, manager: manager!, member: member!, stranger: stranger!, allow, reach }
}

test('members reach each other and the Manager through a relay; a stranger only the Manager', async () => {
  const { manager, member, stranger, allow, reach } = await startCluster()
  allow(manager, member)
  expect((await reach(member, manager)).limits).toBeUndefined()
  await reach(manager, member)
  await expect(reach(stranger, member)).rejects.toThrow('PERMISSION_DENIED')
  await expect(reach(member, stranger)).rejects.toThrow('PERMISSION_DENIED')
  await reach(stranger, manager)
})

test('a stranger sends so much to the Manager and no more; once admitted, any amount; once evicted, nothing', async () => {
  const { manager, stranger, allow, reach } = await startCluster()
  allow(manager)
  await nodeOf(manager.swarm).libp2p.handle('/sink', (stream) => void stream.addEventListener('message', () => {}), {
    runOnLimitedConnection: true
  })
  const send = async (connection: Connection, kibibytes: number) => {
    const stream = await connection.newStream('/sink')
    for (let sent = 0; sent < kibibytes && connection.status === 'open'; sent += 16) {
      if (!stream.send(new Uint8Array(16_384))) await stream.onDrain().catch(() => {})
    }
  }
  const cut = await reach(stranger, manager)
  await send(cut, 512).catch(() => {})
  await until(() => cut.status !== 'open')

  const kept = await reach(stranger, manager)
  allow(manager, stranger)
  await send(kept, 512)
  expect(kept.status).toBe('open')
  allow(manager)
  await until(() => kept.status !== 'open')
})

test('a stranger can not have us come through it: no place is taken where nobody asked for one', async () => {
  const peer = await startPeer()
  const stranger = await startRaw()
  const stop = await stranger.open(peer, '/libp2p/circuit/relay/0.2.0/stop')
  stop.send(new Uint8Array([2, 8, 0]))
  await stop.ended
  expect(peer.swarm.listenAddresses().join()).not.toContain('p2p-circuit')
})
