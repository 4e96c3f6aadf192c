/** Silence and ends on real sockets; the rules are in doubts.test.ts and gone.test.ts. */
import type { Server, Socket } from 'node:net'
import type { Connection } from '@libp2p/interface'
import { expect, test } from 'vitest'
import { nodeOf, type Swarm } from '../swarm/swarm.ts'
import { befriend, startPeer, startRaw, until } from '../testing/peers.ts'

/** What is below a connection. */
interface Raw {
  readonly maConn: { readonly socket: Socket }
}

const connectionsOf = (swarm: Swarm): Connection[] => nodeOf(swarm).libp2p.getConnections()
const socketsOf = (swarm: Swarm): Socket[] => connectionsOf(swarm).map((connection) => (connection as unknown as Raw).maConn.socket)

const listenersOf = (swarm: Swarm): { readonly server: Server }[] =>
  (
    nodeOf(swarm).libp2p as unknown as { components: { transportManager: { getListeners(): { server: Server }[] } } }
  ).components.transportManager.getListeners()

/** As when the address in use dies: nothing arrives any more, and nobody is told. */
function silence(swarm: Swarm): void {
  for (const socket of socketsOf(swarm)) socket.pause().removeAllListeners('data')
}

test('where the address in use dies, heartbeats go on over another connection, and the dead one is cut at both ends', async () => {
  const listen = ['/ip4/127.0.0.1/tcp/0', '/ip4/127.0.0.1/tcp/0/ws']
  const [manager, member] = [await startPeer({ swarm: { listen } }), await startPeer({ swarm: { listen } })]
  await befriend(manager, member)
  manager.runtime.setHeartbeatTargets([member.peerId])
  const beats = () => [manager, member].map(({ events }) => events.filter(({ type }) => type === 'heartbeat-received').length)
  await until(() => Math.min(...beats()) >= 2)
  const old = [manager, member].flatMap(({ swarm }) => connectionsOf(swarm))
  for (const { swarm } of [manager, member]) silence(swarm)
  const before = beats()
  await until(() => beats().every((count, i) => count >= before[i]! + 3) && old.every(({ status }) => status !== 'open'))
  expect(manager.facts().concat(member.facts())).not.toContain('disconnected')
})

test('a process that ends is told, where it was reached at an address that refuses now', async () => {
  const raw = await startRaw()
  const peer = await startPeer({ members: [raw] })
  await peer.runtime.waitConnected(raw.peerId)
  await until(() => connectionsOf(raw.swarm).length === 1)
  // As when a process is killed: nothing listens any more before its connections end.
  for (const { server } of listenersOf(raw.swarm)) server.close()
  for (const socket of socketsOf(raw.swarm)) socket.destroy()
  await until(() => peer.facts().includes('process-gone'))
})

test('a peer that closes the connection and goes on to listen is not told as gone; it is reached again', async () => {
  const raw = await startRaw()
  const peer = await startPeer({ members: [raw], limits: { reconnectTickMs: 20, redialBackoffMinMs: 20 } })
  await peer.runtime.waitConnected(raw.peerId)
  await until(() => connectionsOf(raw.swarm).length === 1)
  for (const socket of socketsOf(raw.swarm)) socket.resetAndDestroy()
  await until(() => peer.facts().join() === 'connected,disconnected,connected')
})
