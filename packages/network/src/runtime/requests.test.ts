import { expect, test } from 'vitest'
import { encodeFrame } from '../protocols/frame.ts'
import * as info from '../protocols/info.ts'
import * as resources from '../protocols/resources.ts'
import { infoOf, type RawSubstream, startPeer, startRaw, until } from '../testing/peers.ts'

const json = (text: string) => encodeFrame(new TextEncoder().encode(text), 2 ** 20)

/** A peer that knows a raw one as a member, which answers requests for resources with `serve`. */
async function ask(serve: ((substream: RawSubstream) => void) | undefined, limits: Parameters<typeof startPeer>[0] = {}) {
  const raw = await startRaw()
  if (serve) raw.serve(resources.PROTOCOL_ID, serve)
  const peer = await startPeer({ ...limits, members: [raw] })
  return { raw, peer, request: peer.runtime.requestResources(raw.peerId, {}) }
}

test('asks over a connection that it makes by itself', async () => {
  const answerer = await startPeer()
  const asker = await startPeer({ members: [answerer], swarm: { listen: [] } })
  answerer.runtime.setAllowedPeers([{ peerId: asker.peerId, multiaddrs: [] }])
  expect(await asker.runtime.requestInfo(answerer.peerId)).toEqual(infoOf(answerer.peerId))
  expect(await asker.runtime.requestRegistryEntry(answerer.peerId, { kind: 'clock', id: 'c', hash: 'h' })).toBeNull()
})

test('says when a question is written: once it has a substream, and before the answer', async () => {
  const order: string[] = []
  const answer = (): info.ParticipantInfo => {
    order.push('asked')
    return infoOf(answerer.peerId)
  }
  const answerer = await startPeer({ handlers: { info: answer } })
  const asker = await startPeer({ members: [answerer], swarm: { listen: [] } })
  answerer.runtime.setAllowedPeers([{ peerId: asker.peerId, multiaddrs: [] }])
  await asker.runtime.requestInfo(answerer.peerId, {
    onWrite: () => order.push(asker.runtime.isConnected(answerer.peerId) ? 'written' : 'early')
  })
  expect(order).toEqual(['written', 'asked'])
})

test('rows that cannot be read are counted, the others returned', async () => {
  const { request } = await ask(({ stream }) => stream.send(json('{"resources":[{"variant":"smell_log"}]}')))
  expect(await request).toEqual({ resources: [], skippedRows: 1 })
})

test.each<[string, (substream: RawSubstream) => unknown, { code?: string; name?: string }]>([
  ['closes without an answer', ({ stream }) => stream.close(), { code: 'io' }],
  ['resets', ({ stream }) => stream.addEventListener('message', () => stream.abort(new Error('no'))), { name: 'StreamResetError' }],
  ['answers an empty frame', (substream) => substream.send(new Uint8Array(4)), { code: 'empty-frame' }],
  ['announces too much', (substream) => substream.send(Uint8Array.of(0, 16, 0, 1)), { code: 'frame-too-large' }],
  ['answers garbage', (substream) => substream.send(json('garbage')), { code: 'decode' }]
])('a peer that %s: the error says so', async (_what, serve, cause) => {
  let substream: RawSubstream | undefined
  const { request, raw } = await ask((given) => {
    substream = given
    serve(given)
  })
  await expect(request).rejects.toMatchObject({
    name: 'RequestError',
    code: 'protocol',
    details: { peerId: raw.peerId, protocol: resources.PROTOCOL_ID },
    cause
  })
  expect(await substream?.ended).toBe(cause.code === 'decode' ? 'eof' : 'reset')
})

test('a peer that does not answer in time: timeout, and the substream is reset', async () => {
  let substream: RawSubstream | undefined
  const raw = await startRaw()
  raw.serve(resources.PROTOCOL_ID, (given) => (substream = given))
  const peer = await startPeer({ members: [raw], limits: { requestClientPhaseMs: 100 } })
  // Connecting is a part of opening, which has as little time.
  await peer.runtime.waitConnected(raw.peerId)
  const request = peer.runtime.requestResources(raw.peerId, {})
  await expect(request).rejects.toMatchObject({ code: 'timeout', details: { phase: 'read', durationMs: 100 } })
  expect(await substream?.ended).toBe('reset')
})

test('a peer that does not speak the protocol', async () => {
  const { request } = await ask(undefined)
  await expect(request).rejects.toMatchObject({ code: 'open-stream', details: { reason: 'unsupported-protocol' } })
})

test('a peer that cannot be reached fails as soon as that is known; so does one that has no address', async () => {
  const peer = await startPeer({
    members: [
      { peerId: 'gone', multiaddrs: ['/ip4/127.0.0.1/tcp/1'] },
      { peerId: 'shy', multiaddrs: [] }
    ]
  })
  for (const peerId of ['gone', 'shy', 'nobody']) {
    await expect(peer.runtime.requestInfo(peerId)).rejects.toMatchObject({ code: 'open-stream', details: { reason: 'io' } })
  }
})

test('an abort resets the substream at once and rejects with its reason, in every phase', async () => {
  const opened: RawSubstream[] = []
  const raw = await startRaw()
  raw.serve(info.PROTOCOL_ID, (substream) => opened.push(substream))
  const peer = await startPeer({ members: [raw] })
  const reason = new Error('enough')
  await expect(peer.runtime.requestInfo(raw.peerId, { signal: AbortSignal.abort(reason) })).rejects.toBe(reason)
  const controller = new AbortController()
  const reading = expect(peer.runtime.requestInfo(raw.peerId, { signal: controller.signal })).rejects.toBe(reason)
  await until(() => opened.length === 1)
  controller.abort(reason)
  await reading
  expect(await opened[0]?.ended).toBe('reset')

  const early = new AbortController()
  const opening = expect(peer.runtime.requestInfo(raw.peerId, { signal: early.signal })).rejects.toBe(reason)
  early.abort(reason)
  await opening
})

test('what cannot be asked is refused before anything is sent', async () => {
  const raw = await startRaw()
  const peer = await startPeer({ members: [raw] })
  const id = 'x'.repeat(70_000)
  await expect(peer.runtime.requestRegistryEntry(raw.peerId, { kind: 'clock', id, hash: 'h' })).rejects.toMatchObject({
    code: 'protocol',
    cause: { code: 'frame-too-large' }
  })
  const join = { multiaddrs: ['nonsense'], authorization: '', observer: false }
  await expect(peer.runtime.requestJoin(raw.peerId, join)).rejects.toMatchObject({ code: 'protocol', cause: { code: 'invalid-multiaddr' } })
})

test('many requests at once are all answered', async () => {
  const answerer = await startPeer()
  const asker = await startPeer({ members: [answerer] })
  answerer.runtime.setAllowedPeers([asker])
  const all = await Promise.all(Array.from({ length: 30 }, () => asker.runtime.requestResources(answerer.peerId, {})))
  expect(all).toEqual(Array(30).fill({ resources: [], skippedRows: 0 }))
})
