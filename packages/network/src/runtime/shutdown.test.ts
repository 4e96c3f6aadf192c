import { expect, test } from 'vitest'
import * as join from '../protocols/join.ts'
import { nodeOf } from '../swarm/swarm.ts'
import { ManualTimers } from '../testing/manual-timers.ts'
import { befriend, startPeer, startRaw, startSwarm, until } from '../testing/peers.ts'

const unavailable = expect.objectContaining({ code: 'runtime-unavailable' })

test('is shared and idempotent, stops the node, and leaves no timer', async () => {
  const timers = new ManualTimers()
  const peer = await startPeer({ timers })
  const other = await startPeer({ members: [peer] })
  await other.runtime.waitConnected(peer.peerId)
  const stopping = peer.runtime.shutdown()
  expect(peer.runtime.shutdown()).toBe(stopping)
  await stopping
  await peer.runtime[Symbol.asyncDispose]()
  expect(timers.pending).toBe(0)
  expect(peer.swarm.listenAddresses()).toEqual([])
  await until(() => !other.runtime.isConnected(peer.peerId))
})

test('afterwards every command says so', async () => {
  const { runtime } = await startPeer()
  await runtime.shutdown()
  const request = { multiaddrs: [], authorization: '', observer: false }
  expect(() => runtime.setAllowedPeers([])).toThrow(unavailable)
  expect(() => runtime.setHeartbeatTargets([])).toThrow(unavailable)
  expect(() => runtime.dialNow('x')).toThrow(unavailable)
  expect(() => runtime.pushMembership([], { managerPeerId: '', membershipJson: '' })).toThrow(unavailable)
  expect(() => runtime.pushDiagnostic({ topic: '', payloadJson: '' })).toThrow(unavailable)
  await expect(runtime.waitConnected('x')).rejects.toThrow(unavailable)
  await expect(runtime.requestJoin('x', request)).rejects.toThrow(unavailable)
  await expect(runtime.requestLeave('x')).rejects.toThrow(unavailable)
  await expect(runtime.requestInfo('x')).rejects.toThrow(unavailable)
  await expect(runtime.requestResources('x', {})).rejects.toThrow(unavailable)
  await expect(runtime.requestRegistryEntry('x', { kind: 'clock', id: '', hash: '' })).rejects.toThrow(unavailable)
  await expect(runtime.reserveRelayCircuitAddr('/ip4/127.0.0.1/tcp/1', { timeoutMs: 1 })).rejects.toThrow(unavailable)
  expect(runtime.connectedPeers()).toEqual([])
  expect(runtime.isConnected('x')).toBe(false)
})

test('what is under way ends: requests, waits, decisions, heartbeats', async () => {
  const raw = await startRaw()
  raw.serve(join.PROTOCOL_ID, () => {})
  let deciding: AbortSignal | undefined
  const peer = await startPeer({
    members: [raw],
    handlers: {
      join: (_peerId, _request, signal) => {
        deciding = signal
        return new Promise(() => {})
      }
    }
  })
  const friend = await startPeer()
  await peer.runtime.waitConnected(raw.peerId)
  peer.runtime.setAllowedPeers([raw, friend])
  friend.runtime.setAllowedPeers([peer])
  await peer.runtime.waitConnected(friend.peerId)
  peer.runtime.setHeartbeatTargets([friend.peerId])
  await until(() => friend.events.some(({ type }) => type === 'heartbeat-received'))
  const inbound = (await raw.open(peer, join.PROTOCOL_ID)).send(new Uint8Array(4))
  await until(() => deciding !== undefined)
  const request = peer.runtime.requestJoin(raw.peerId, { multiaddrs: [], authorization: '', observer: false })
  const waiting = peer.runtime.waitConnected('nobody')
  const ends = Promise.allSettled([request, waiting])
  await peer.runtime.shutdown()
  expect(await ends).toEqual(Array(2).fill({ status: 'rejected', reason: unavailable }))
  expect(deciding?.aborted).toBe(true)
  expect(await inbound.ended).toBe('reset')
  await until(() => friend.facts().includes('disconnected'))
})

test('after the stop the owner hears nothing', async () => {
  const [a, b] = [await startPeer({ limits: { heartbeatIntervalMs: 5 } }), await startPeer({ limits: { heartbeatIntervalMs: 5 } })]
  await befriend(a, b)
  a.runtime.setHeartbeatTargets([b.peerId])
  await until(() => a.events.length > 5)
  const stopping = a.runtime.shutdown()
  const before = a.events.length
  await stopping
  await until(() => b.facts().includes('disconnected'))
  expect(a.events).toHaveLength(before)
})

test('two nodes that stop at once close their connections before libp2p is stopped, which could wait for ever for them', async () => {
  const [a, b] = [await startPeer(), await startPeer()]
  await befriend(a, b)
  const left: number[] = []
  for (const { libp2p } of [nodeOf(a.swarm), nodeOf(b.swarm)]) {
    const stop = libp2p.stop.bind(libp2p)
    libp2p.stop = () => {
      left.push(libp2p.getConnections().length)
      return stop()
    }
  }
  await Promise.all([a.runtime.shutdown(), b.runtime.shutdown()])
  expect(left).toEqual([0, 0])
  const idle = await startSwarm()
  await Promise.all([idle.stop(), idle.stop()])
})
