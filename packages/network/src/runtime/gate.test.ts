/** What peers can do to us, and what not. */
import { expect, test } from 'vitest'
import * as clock from '../protocols/clock.ts'
import * as diagnostic from '../protocols/diagnostic.ts'
import { encodeFrame } from '../protocols/frame.ts'
import * as heartbeat from '../protocols/heartbeat.ts'
import * as info from '../protocols/info.ts'
import * as membership from '../protocols/membership.ts'
import type { Protocol } from '../protocols/one-shot.ts'
import { pushes, questions } from '../protocols/one-shots.ts'
import * as registries from '../protocols/registries.ts'
import * as resources from '../protocols/resources.ts'
import * as stream from '../protocols/stream.ts'
import { nodeOf } from '../swarm/swarm.ts'
import { ManualTimers } from '../testing/manual-timers.ts'
import { infoOf, type RawPeer, type RawSubstream, startPeer, startRaw, type TestPeer, until } from '../testing/peers.ts'

const oneShots: Protocol[] = [...Object.values(questions), ...Object.values(pushes)]
const memberProtocols = [...oneShots, clock.protocol, heartbeat.protocol, stream.protocol]
  .filter(({ mayAsk }) => mayAsk === 'members')
  .map(({ id }) => id)
const json = (text: string) => encodeFrame(new TextEncoder().encode(text), 2 ** 20)
const never = () => new Promise<never>(() => {})

async function startMember(init: Parameters<typeof startPeer>[0] = {}): Promise<{ peer: TestPeer; raw: RawPeer }> {
  const raw = await startRaw()
  const peer = await startPeer({ ...init, members: [{ peerId: raw.peerId, multiaddrs: [] }] })
  await raw.connect(peer)
  return { peer, raw }
}

const outcome = async (substream: RawSubstream) => [await substream.ended, substream.received.length]

test.each(memberProtocols)('%s: a substream of a non-member is reset with not one byte read', async (protocol) => {
  const heard: string[] = []
  const peer = await startPeer({
    handlers: {
      membership: () => heard.push('membership'),
      diagnostic: () => heard.push('diagnostic'),
      info: (peerId) => {
        heard.push('info')
        return infoOf(peerId)
      }
    }
  })
  const raw = await startRaw()
  expect(await outcome(await raw.open(peer, protocol))).toEqual(['reset', 0])
  const asking = await raw.open(peer, protocol)
  // It may have been reset by then.
  if (asking.stream.status === 'open')
    asking.send(protocol === info.PROTOCOL_ID ? new Uint8Array(4) : json('{"topic":"t","payload_json":"{}"}'))
  expect(await outcome(asking)).toEqual(['reset', 0])
  expect(heard).toEqual([])
})

test('who is a member gets answers', async () => {
  const entry = { kind: 'clock', id: 'c', hash: 'ab'.repeat(16), canonicalJson: '{}' } as const
  const { peer, raw } = await startMember({ handlers: { registry: async (_peerId, request) => ({ ...entry, ...request }) } })
  const asked = (await raw.open(peer, info.PROTOCOL_ID)).send(new Uint8Array(4))
  expect(await asked.ended).toBe('eof')
  expect(info.decodeResponse(asked.received.subarray(4))).toEqual(infoOf(peer.peerId))
  const inJson = (await raw.open(peer, info.PROTOCOL_ID)).send(json('{}'))
  expect(await inJson.ended).toBe('eof')
  expect(inJson.received.subarray(4).toString()).toContain('{"participant_info_json":')
  const registry = (await raw.open(peer, registries.PROTOCOL_ID)).send(json('{"kind":"clock","id":"c","hash":"x"}'))
  expect(await registry.ended).toBe('eof')
  expect(registries.decodeResponse(registry.received.subarray(4))).toEqual({ ...entry, hash: 'x' })
})

test.each([
  ['does not answer', never],
  ['rejects', () => Promise.reject(new Error('out of order'))],
  [
    'answers what does not fit',
    async () => ({ kind: 'clock', id: 'c', hash: '', canonicalJson: 'x'.repeat(registries.FRAME_BYTES_MAX) }) as const
  ]
])('an owner that %s: the asker sees the end of the substream', async (_what, registry) => {
  const { peer, raw } = await startMember({ limits: { requestOwnerMs: 100 }, handlers: { registry } })
  const substream = (await raw.open(peer, registries.PROTOCOL_ID)).send(json('{"kind":"clock","id":"c","hash":"x"}'))
  expect(await outcome(substream)).toEqual(['eof', 0])
  expect(peer.lines).toContainEqual(expect.stringMatching(/^warn/))
})

test('an owner that throws on a push harms neither the sender nor us', async () => {
  const { peer, raw } = await startMember({
    handlers: {
      diagnostic: () => {
        throw new Error('out of order')
      }
    }
  })
  const substream = (await raw.open(peer, diagnostic.PROTOCOL_ID)).send(json('{"topic":"t","payload_json":"{}"}'))
  expect(await outcome(substream)).toEqual(['eof', 0])
})

test.each(memberProtocols.filter((protocol) => protocol !== heartbeat.PROTOCOL_ID))('%s: a silent substream is cut', async (protocol) => {
  const limits = { requestServerReadMs: 100, pushServerReadMs: 100, streamServerReadMs: 100, clockExchangeMs: 100 }
  const { peer, raw } = await startMember({ limits })
  expect(await outcome(await raw.open(peer, protocol))).toEqual(['reset', 0])
})

test.each([
  ['a prefix over the cap', Uint8Array.of(0xff, 0xff, 0xff, 0xff)],
  ['an empty frame', new Uint8Array(4)],
  ['garbage', json('garbage')],
  ['the wrong shape', json('{"kind":"cloud","id":"c","hash":"x"}')]
])('%s resets the substream', async (_what, bytes) => {
  const { peer, raw } = await startMember()
  const substream = (await raw.open(peer, registries.PROTOCOL_ID)).send(bytes)
  expect(await outcome(substream)).toEqual(['reset', 0])
})

test('an end inside a frame resets the substream', async () => {
  const { peer, raw } = await startMember()
  const substream = (await raw.open(peer, resources.PROTOCOL_ID)).send(Uint8Array.of(0, 0, 0, 9, 1, 2))
  await substream.stream.close()
  expect(await substream.ended).toBe('reset')
})

test('a request in single bytes is read like any other', async () => {
  const { peer, raw } = await startMember()
  const substream = await raw.open(peer, resources.PROTOCOL_ID)
  for (const byte of json('{}')) substream.send(Uint8Array.of(byte))
  expect(await substream.ended).toBe('eof')
  expect(substream.received.subarray(4).toString()).toBe('{"resources":[]}')
})

test('over the cap of one peer new substreams are reset, the others stay, and other peers are served', async () => {
  const { peer, raw } = await startMember({ limits: { requestInboundPerPeerMax: 5 } })
  const kinds = [info, resources, registries, membership, diagnostic]
  const silent = await Promise.all(kinds.map(({ PROTOCOL_ID }) => raw.open(peer, PROTOCOL_ID)))
  for (const { PROTOCOL_ID } of kinds) expect(await outcome(await raw.open(peer, PROTOCOL_ID))).toEqual(['reset', 0])
  expect(silent.map(({ stream }) => stream.status)).toEqual(Array(5).fill('open'))

  const other = await startRaw()
  peer.runtime.setAllowedPeers([raw, other])
  expect(await (await other.open(peer, info.PROTOCOL_ID)).send(new Uint8Array(4)).ended).toBe('eof')

  silent[0]!.send(new Uint8Array(4))
  expect(await silent[0]!.ended).toBe('eof')
  expect(await (await raw.open(peer, info.PROTOCOL_ID)).send(new Uint8Array(4)).ended).toBe('eof')
})

test('over the cap of all peers together new substreams are reset', async () => {
  const { peer, raw } = await startMember({ limits: { requestInboundMax: 2 } })
  const other = await startRaw()
  peer.runtime.setAllowedPeers([raw, other])
  await raw.open(peer, info.PROTOCOL_ID)
  await other.open(peer, info.PROTOCOL_ID)
  expect(await outcome(await other.open(peer, info.PROTOCOL_ID))).toEqual(['reset', 0])
})

test('unfinished frames of one peer may hold so many bytes, over all its substreams', async () => {
  const { peer, raw } = await startMember({ limits: { inboundBufferedPerPeerBytesMax: 100_000, requestServerReadMs: 60_000 } })
  const half = encodeFrame(new Uint8Array(70_000), 2 ** 20).subarray(0, 60_000)
  const first = (await raw.open(peer, resources.PROTOCOL_ID)).send(half)
  await until(() => first.stream.writeBufferLength === 0)
  const second = (await raw.open(peer, resources.PROTOCOL_ID)).send(half)
  expect(await Promise.race([first.ended, second.ended])).toBe('reset')
  expect([first.stream.status, second.stream.status].filter((status) => status === 'open')).toHaveLength(1)
})

test('who leaves the allow-list loses its substreams and its connections', async () => {
  const { peer, raw } = await startMember()
  const substream = await raw.open(peer, resources.PROTOCOL_ID)
  expect(peer.runtime.setAllowedPeers([])).toEqual({ added: [], removed: [raw.peerId] })
  expect(await substream.ended).toBe('reset')
  await until(() => !peer.runtime.isConnected(raw.peerId) && nodeOf(raw.swarm).libp2p.getConnections().length === 0)
  // As a stranger it may come back, but is asked nothing and told nothing.
  expect(await outcome(await raw.open(peer, resources.PROTOCOL_ID))).toEqual(['reset', 0])
})

test('an asker that does not read the answer is given up', async () => {
  const rows = Array.from({ length: 900 }, (_, i) => ({
    variant: 'sensor_log' as const,
    sourcePeerId: 'p',
    writerPeerId: 'p',
    resourceId: `r${i}`.padEnd(600, 'x'),
    state: 'live',
    available: { bytes: 1n, entries: 1n, durationNs: 1n },
    sensor: { kind: 'camera' as const, type: 'rgb', sensorId: 's', sensorHash: 'h' },
    manifest: { clock: { peerId: 'p', id: 'c', hash: 'h' } }
  }))
  const { peer, raw } = await startMember({ limits: { answerWriteMs: 200 }, handlers: { resources: () => rows } })
  const connection = await raw.connect(peer)
  const stream = await connection.newStream(resources.PROTOCOL_ID)
  stream.send(json('{}'))
  stream.pause()
  await until(() => stream.status === 'reset')
})

test('who does not close its side of a finished exchange is cut after a while', async () => {
  const { peer, raw } = await startMember({ limits: { answerWriteMs: 100, reconnectTickMs: 20 } })
  const substream = (await raw.open(peer, info.PROTOCOL_ID)).send(new Uint8Array(4))
  expect(await substream.ended).toBe('eof')
  await until(() => substream.stream.status === 'reset')
})

test('strangers are sent away after the grace, members stay', async () => {
  const { peer, raw } = await startMember({ limits: { strangerGraceMs: 200, reconnectTickMs: 20 } })
  const stranger = await startRaw()
  const connection = await stranger.connect(peer)
  await until(() => peer.runtime.isConnected(stranger.peerId))
  await until(() => connection.status !== 'open')
  expect(peer.runtime.connectedPeers()).toEqual([raw.peerId])
})

test('a stranger that became a member is none any more', async () => {
  const timers = new ManualTimers()
  const peer = await startPeer({ limits: { strangerGraceMs: 5_000 }, timers })
  const raw = await startRaw()
  await raw.connect(peer)
  await until(() => peer.runtime.isConnected(raw.peerId))
  peer.runtime.setAllowedPeers([{ peerId: raw.peerId, multiaddrs: [] }])
  await timers.advance(6_000)
  expect(peer.lines).toEqual([])
  expect(await (await raw.open(peer, info.PROTOCOL_ID)).send(new Uint8Array(4)).ended).toBe('eof')
})

test('so many strangers may be connected; the longest-idle goes first', async () => {
  const peer = await startPeer({ limits: { strangersMax: 2 } })
  const strangers = await Promise.all([startRaw(), startRaw(), startRaw()])
  for (const stranger of strangers) {
    await stranger.connect(peer)
    await until(() => peer.runtime.isConnected(stranger.peerId))
  }
  await until(() => !peer.runtime.isConnected(strangers[0]!.peerId))
  expect(peer.runtime.connectedPeers().sort()).toEqual([strangers[1]!.peerId, strangers[2]!.peerId].sort())
})
