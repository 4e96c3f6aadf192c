import { expect, test } from 'vitest'
import * as heartbeat from '../protocols/heartbeat.ts'
import { befriend, type RawSubstream, startPeer, startRaw, type TestPeer, until } from '../testing/peers.ts'

const beats = (peer: TestPeer, from: string) => peer.events.filter((event) => event.type === 'heartbeat-received' && event.peerId === from)
const samples = (peer: TestPeer) => peer.events.filter((event) => event.type === 'ntp-sample-observed')
const closes = (peer: TestPeer) => peer.events.filter((event) => event.type === 'heartbeat-stream-closed')
const fast = { heartbeatIntervalMs: 20, reconnectTickMs: 20 }

test('the one who targets opens the carrier, both beat, and both take clock samples', async () => {
  const [manager, member] = [await startPeer({ limits: fast }), await startPeer({ limits: fast })]
  await befriend(manager, member)
  manager.runtime.setHeartbeatTargets([member.peerId, manager.peerId, 'a stranger'])
  const sample = await until(() => samples(member)[0])
  await until(() => samples(manager).length > 2)
  expect(sample).toMatchObject({
    peerId: manager.peerId,
    localClockId: `${member.peerId}/clock`,
    remoteClockId: `${manager.peerId}/clock`,
    remoteClockHash: 'ab'.repeat(16)
  })
  expect(beats(manager, member.peerId)[0]).toMatchObject({ heartbeat: { sequence: 1n, clockId: `${member.peerId}/clock` } })
  expect([closes(manager), closes(member)]).toEqual([[], []])
})

test('a target that connects later gets its carrier at once', async () => {
  const manager = await startPeer()
  const member = await startPeer({ members: [manager] })
  manager.runtime.setHeartbeatTargets([member.peerId])
  await until(() => manager.runtime.isConnected(member.peerId))
  manager.runtime.setAllowedPeers([member])
  await until(() => beats(manager, member.peerId).length > 0)
  // A peer that was connected before it was admitted is adopted.
  expect(manager.facts()).toEqual(['connected'])
})

test('a change of targets touches only what it names: the carrier that the other one opened lives on', async () => {
  const [a, b] = [await startPeer({ limits: fast }), await startPeer({ limits: fast })]
  await befriend(a, b)
  a.runtime.setHeartbeatTargets([b.peerId])
  b.runtime.setHeartbeatTargets([a.peerId])
  await until(() => beats(a, b.peerId).length > 1 && beats(b, a.peerId).length > 1)
  a.runtime.setHeartbeatTargets([])
  await until(() => closes(b).length === 1)
  const before = beats(a, b.peerId).length
  await until(() => beats(a, b.peerId).length > before + 3)
  expect(closes(a)).toEqual([])
})

test('leaving the allow-list ends both directions, and that is no news about a member', async () => {
  const [a, b] = [await startPeer({ limits: fast }), await startPeer({ limits: fast })]
  await befriend(a, b)
  a.runtime.setHeartbeatTargets([b.peerId])
  b.runtime.setHeartbeatTargets([a.peerId])
  await until(() => beats(a, b.peerId).length > 1)
  a.runtime.setAllowedPeers([])
  const before = a.events.length
  await until(() => closes(b).length === 2)
  expect(a.events).toHaveLength(before)
})

test('a new inbound carrier replaces the old one', async () => {
  const raw = await startRaw()
  const peer = await startPeer({ limits: fast, members: [{ peerId: raw.peerId, multiaddrs: [] }] })
  const first = await raw.open(peer, heartbeat.PROTOCOL_ID)
  await until(() => first.received.length > 0)
  const second = await raw.open(peer, heartbeat.PROTOCOL_ID)
  expect(await first.ended).toBe('reset')
  await until(() => second.received.length > 600)
  expect(heartbeat.decode(second.received.subarray(4, 4 + second.received.readUInt32BE(0)))).toMatchObject({ sequence: 1n })
  expect(closes(peer)).toEqual([])
})

test('a carrier that ends is reported and opened again', async () => {
  const raw = await startRaw()
  const opened: RawSubstream[] = []
  raw.serve(heartbeat.PROTOCOL_ID, (substream) => opened.push(substream))
  const peer = await startPeer({ limits: fast, members: [raw] })
  peer.runtime.setHeartbeatTargets([raw.peerId])
  await until(() => opened.length === 1)
  opened[0]!.send(Uint8Array.of(0, 0, 0, 2, 1, 2))
  expect(await opened[0]!.ended).toBe('reset')
  await until(() => opened.length === 2)
  expect(closes(peer)).toMatchObject([{ peerId: raw.peerId }])
})

test('a target that does not take carriers is tried five times in a row, then reported, then tried again', async () => {
  const raw = await startRaw()
  const peer = await startPeer({ limits: { ...fast, heartbeatOpenPauseMs: 1 }, members: [raw] })
  peer.runtime.setHeartbeatTargets([raw.peerId])
  await until(() => closes(peer).length > 1)
})

test('a peer that does not read stalls our beats, which is told; what it sends is still read', async () => {
  const raw = await startRaw()
  const opened: RawSubstream[] = []
  raw.serve(heartbeat.PROTOCOL_ID, (substream) => {
    substream.stream.pause()
    opened.push(substream)
  })
  // Long beats without a pause fill the window of the one who does not read.
  const limits = { ...fast, heartbeatIntervalMs: 0, heartbeatStallMs: 50 }
  const peer = await startPeer({ limits, members: [raw], source: { clockId: 'c'.repeat(800) } })
  peer.runtime.setHeartbeatTargets([raw.peerId])
  const stall = await until(() => peer.events.find((event) => event.type === 'heartbeat-write-stalled'))
  expect(stall).toMatchObject({ peerId: raw.peerId })
  const payload = heartbeat.encode({ sentAtUnixNs: 1n, clockId: 'c', clockHash: 'h', sequence: 1n, sentAtClockNs: 1n })
  opened[0]!.send(Uint8Array.of(0, 0, 0, payload.length), payload)
  await until(() => beats(peer, raw.peerId).length === 1)
})

test('two processes behind one identity: told to switch, the carrier goes over the other connection, and back', async () => {
  const seed = crypto.getRandomValues(new Uint8Array(32))
  const manager = await startPeer({ limits: fast })
  const twins = []
  for (const instance of ['first', 'second']) {
    const twin = await startPeer({ seed, limits: fast, source: { instance: () => instance } })
    twin.runtime.setAllowedPeers([manager])
    await twin.runtime.waitConnected(manager.peerId)
    twins.push(twin)
  }
  const { peerId } = twins[0]!
  const instances = () => beats(manager, peerId).map((event) => event.type === 'heartbeat-received' && event.heartbeat.instance)
  manager.runtime.setAllowedPeers([{ peerId, multiaddrs: [] }])
  manager.runtime.setHeartbeatTargets([peerId])
  await until(() => instances().length > 1)
  const before = instances().at(-1)
  manager.runtime.switchConnection(peerId)
  await until(() => instances().at(-1) !== before)
  manager.runtime.switchConnection(peerId)
  await until(() => instances().at(-1) === before)
})
