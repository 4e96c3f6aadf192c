import { multiaddr } from '@multiformats/multiaddr'
import { expect, test } from 'vitest'
import { nodeOf } from '../swarm/swarm.ts'
import { ManualTimers } from '../testing/manual-timers.ts'
import { befriend, type RawPeer, startPeer, startRaw, until } from '../testing/peers.ts'
import type { PeerAddresses } from './peer-runtime.ts'

test('members find each other whichever of them has an address', async () => {
  const [a, b] = [await startPeer(), await startPeer({ swarm: { listen: [] } })]
  await befriend(a, b)
  expect(a.runtime.connectedPeers()).toEqual([b.peerId])
  expect(b.runtime.isConnected(a.peerId)).toBe(true)
})

test('a peer is disconnected when its last connection has closed, not before', async () => {
  const raw = await startRaw()
  const peer = await startPeer({ members: [{ peerId: raw.peerId, multiaddrs: [] }] })
  const first = await raw.connect(peer)
  await until(() => peer.facts().length === 1)
  const second = await startSecond(raw, peer)
  await until(() => peer.facts().length === 2)
  await first.close()
  await until(() => nodeOf(peer.swarm).libp2p.getConnections().length === 1)
  expect(peer.runtime.isConnected(raw.peerId)).toBe(true)
  await second.close()
  await until(() => peer.facts().length === 3)
  expect(peer.facts()).toEqual(['connected', 'connected', 'disconnected'])
  expect(peer.runtime.isConnected(raw.peerId)).toBe(false)
})

async function startSecond(raw: RawPeer, peer: PeerAddresses) {
  const { parts } = nodeOf(raw.swarm)
  return parts.transportManager.dial(multiaddr(`${peer.multiaddrs[0]}/p2p/${peer.peerId}`), { signal: new AbortController().signal })
}

test('strangers are no news', async () => {
  const peer = await startPeer()
  const raw = await startRaw()
  const connection = await raw.connect(peer)
  await until(() => peer.runtime.isConnected(raw.peerId))
  await connection.close()
  await until(() => !peer.runtime.isConnected(raw.peerId))
  expect(peer.events).toEqual([])
})

test('a member whose connection is closed is dialled again', async () => {
  const member = await startRaw()
  const peer = await startPeer({ members: [member], limits: { reconnectTickMs: 20, redialBackoffMinMs: 20 } })
  await peer.runtime.waitConnected(member.peerId)
  await (await until(() => nodeOf(member.swarm).libp2p.getConnections()[0])).close()
  await until(() => peer.facts().join() === 'connected,disconnected,connected')
})

test('a member that gains an address is dialled at once', async () => {
  const member = await startRaw()
  const peer = await startPeer({ members: [{ peerId: member.peerId, multiaddrs: ['/ip4/127.0.0.1/tcp/1'] }] })
  await until(() => peer.lines.some((line) => line.includes('dialling')))
  peer.runtime.setAllowedPeers([member])
  await peer.runtime.waitConnected(member.peerId)
})

test('waiting for a peer ends with its signal', async () => {
  const peer = await startPeer()
  await expect(peer.runtime.waitConnected('nobody', { signal: AbortSignal.abort(new Error('enough')) })).rejects.toThrow('enough')
  const controller = new AbortController()
  const waiting = peer.runtime.waitConnected('nobody', { signal: controller.signal })
  controller.abort(new Error('later'))
  await expect(waiting).rejects.toThrow('later')
})

/** What is below a connection. */
interface Raw {
  readonly maConn: EventTarget & { pause(): void }
}

test('a connection that brings nothing and answers no ping is cut; one that answers is not', async () => {
  const timers = new ManualTimers()
  const [dead, alive] = [await startRaw(), await startRaw()]
  const members = [dead, alive].map(({ peerId }) => ({ peerId, multiaddrs: [] }))
  const peer = await startPeer({ timers, members })
  for (const raw of [dead, alive]) await raw.connect(peer)
  await until(() => peer.runtime.connectedPeers().length === 2)
  // As a machine without power: its TCP would acknowledge nothing either, which makes no difference here.
  ;(nodeOf(dead.swarm).libp2p.getConnections()[0] as unknown as Raw).maConn.pause()
  let answered = 0
  const connections = nodeOf(peer.swarm).libp2p.getConnections()
  const living = connections.find(({ remotePeer }) => remotePeer.toString() === alive.peerId) as unknown as Raw
  living.maConn.addEventListener('message', () => answered++)
  await timers.advance(21_000)
  await until(() => answered > 0)
  expect(peer.runtime.connectedPeers()).toHaveLength(2)
  await timers.advance(10_000)
  await until(() => peer.runtime.connectedPeers().length === 1)
  expect(peer.runtime.connectedPeers()).toEqual([alive.peerId])
})
