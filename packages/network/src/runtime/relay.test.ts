import { once } from 'node:events'
import { type AddressInfo, createServer } from 'node:net'
import { circuitRelayServer } from '@libp2p/circuit-relay-v2'
import { identify } from '@libp2p/identify'
import { noise } from '@libp2p/noise'
import { tcp } from '@libp2p/tcp'
import { yamux } from '@libp2p/yamux'
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
