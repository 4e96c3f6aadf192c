import { expect, test } from 'vitest'
import { encodeFrame } from '../protocols/frame.ts'
import * as join from '../protocols/join.ts'
import * as leave from '../protocols/leave.ts'
import { befriend, startPeer, startRaw, until } from '../testing/peers.ts'

const request = { multiaddrs: ['/ip4/192.0.2.1/tcp/4001'], authorization: 'Bearer x', observer: true }
const json = (value: unknown) => encodeFrame(new TextEncoder().encode(JSON.stringify(value)), join.FRAME_BYTES_MAX)
const frame = (payload: Uint8Array) => encodeFrame(payload, join.FRAME_BYTES_MAX)
const never = () => new Promise<never>(() => {})

/** A joiner that may reach the Manager, and is connected to it. */
async function startJoiner(manager: { peerId: string; multiaddrs: readonly string[] }) {
  const joiner = await startPeer({ members: [manager], swarm: { listen: [] } })
  await joiner.runtime.waitConnected(manager.peerId)
  return joiner
}

test('the owner decides on an authenticated request, and the joiner gets the answer', async () => {
  const asked: unknown[] = []
  const token = Uint8Array.of(0xde, 0xad)
  const manager = await startPeer({
    handlers: {
      join: async (peerId, given) => {
        asked.push([peerId, given])
        return { kind: 'accept', membershipJson: '{"cluster_name":"lab"}', successorToken: token }
      }
    }
  })
  const joiner = await startJoiner(manager)
  const response = await joiner.runtime.requestJoin(manager.peerId, request)
  expect(response).toEqual({ kind: 'accept', membershipJson: '{"cluster_name":"lab"}', successorToken: token })
  expect(asked).toEqual([[joiner.peerId, request]])
})

test('a rejection is an answer', async () => {
  const manager = await startPeer({ handlers: { join: async () => ({ kind: 'reject', reason: 'not the manager' }) } })
  const joiner = await startJoiner(manager)
  expect(await joiner.runtime.requestJoin(manager.peerId, request)).toEqual({ kind: 'reject', reason: 'not the manager' })
})

test('who asks in JSON is answered in JSON', async () => {
  const manager = await startPeer()
  const raw = await startRaw()
  const substream = (await raw.open(manager, join.PROTOCOL_ID)).send(json({ multiaddrs: [] }))
  expect(await substream.ended).toBe('eof')
  expect(substream.received.subarray(4).toString()).toBe('{"kind":"accept","membership_json":"{}","successor_token":[]}')
})

test('an empty request is one with all defaults', async () => {
  const manager = await startPeer({ handlers: { join: async (_peerId, given) => ({ kind: 'reject', reason: JSON.stringify(given) }) } })
  const raw = await startRaw()
  const substream = (await raw.open(manager, join.PROTOCOL_ID)).send(new Uint8Array(4))
  expect(await substream.ended).toBe('eof')
  expect(join.decodeResponse(substream.received.subarray(4))).toEqual({
    kind: 'reject',
    reason: '{"multiaddrs":[],"authorization":"","observer":false}'
  })
})

test('an owner that takes too long is answered for, and what it says afterwards has no effect', async () => {
  let signal: AbortSignal | undefined
  const manager = await startPeer({
    limits: { joinOwnerMs: 100 },
    handlers: {
      join: (_peerId, _request, given) => {
        signal = given
        return never()
      }
    }
  })
  const joiner = await startJoiner(manager)
  const response = await joiner.runtime.requestJoin(manager.peerId, request)
  expect(response).toEqual({ kind: 'reject', reason: 'join handler timed out after 0.1s' })
  expect(signal?.aborted).toBe(true)
})

test.each([
  ['rejects', () => Promise.reject(new Error('out of order'))],
  [
    'throws',
    () => {
      throw new Error('out of order')
    }
  ]
])('an owner that %s is answered for', async (_what, handler) => {
  const manager = await startPeer({ handlers: { join: handler } })
  const joiner = await startJoiner(manager)
  const response = await joiner.runtime.requestJoin(manager.peerId, request)
  expect(response).toEqual({ kind: 'reject', reason: 'join handler dropped without replying' })
})

test('the owner is told when the joiner is gone, whether it reset the substream or lost its connection', async () => {
  const signals: AbortSignal[] = []
  const manager = await startPeer({
    handlers: {
      join: (_peerId, _request, signal) => {
        signals.push(signal)
        return never()
      }
    }
  })
  const raw = await startRaw()
  const first = (await raw.open(manager, join.PROTOCOL_ID)).send(new Uint8Array(4))
  await until(() => signals.length === 1)
  first.stream.abort(new Error('gone'))
  await until(() => signals[0]?.aborted)
  ;(await raw.open(manager, join.PROTOCOL_ID)).send(new Uint8Array(4))
  await until(() => signals.length === 2)
  await raw.swarm.stop()
  await until(() => signals[1]?.aborted)
})

test('an address that is none closes the substream without an answer', async () => {
  const manager = await startPeer()
  const raw = await startRaw()
  const substream = (await raw.open(manager, join.PROTOCOL_ID)).send(json({ multiaddrs: ['/ip4/192.0.2.1/tcp/1', '/nonsense/1'] }))
  expect(await substream.ended).toBe('eof')
  expect(substream.received).toHaveLength(0)
  expect(manager.lines).toContainEqual(expect.stringContaining('/nonsense/1'))
})

test('two requests of one peer may wait, a third is reset; when they are answered there is room again', async () => {
  const answers: (() => void)[] = []
  const manager = await startPeer({
    handlers: { join: () => new Promise((resolve) => answers.push(() => resolve({ kind: 'reject', reason: 'full' }))) }
  })
  const raw = await startRaw()
  const waiting = [await raw.open(manager, join.PROTOCOL_ID), await raw.open(manager, join.PROTOCOL_ID)]
  for (const substream of waiting) substream.send(new Uint8Array(4))
  await until(() => answers.length === 2)
  // Leaving is counted out of the same pool, and already before anything was sent.
  expect(await (await raw.open(manager, leave.PROTOCOL_ID)).ended).toBe('reset')
  for (const answer of answers) answer()
  expect(await Promise.all(waiting.map(({ ended }) => ended))).toEqual(['eof', 'eof'])
  const next = (await raw.open(manager, leave.PROTOCOL_ID)).send(new Uint8Array(4))
  expect(await next.ended).toBe('eof')
  expect([...next.received]).toEqual([0, 0, 0, 0])
})

test('all peers together may have so many requests waiting', async () => {
  const manager = await startPeer({ limits: { admissionInboundMax: 2 }, handlers: { join: never } })
  const [one, two, three] = await Promise.all([startRaw(), startRaw(), startRaw()])
  const first = await one.open(manager, join.PROTOCOL_ID)
  await two.open(manager, join.PROTOCOL_ID)
  expect(await (await three.open(manager, join.PROTOCOL_ID)).ended).toBe('reset')
  expect(first.stream.status).toBe('open')
})

test('a silent joiner, a truncated request and an oversized one are reset', async () => {
  const manager = await startPeer({ limits: { joinServerReadMs: 100 } })
  const raw = await startRaw()
  expect(await (await raw.open(manager, join.PROTOCOL_ID)).ended).toBe('reset')
  expect(await (await raw.open(manager, join.PROTOCOL_ID)).send(Uint8Array.of(0, 0, 0, 9, 1)).ended).toBe('reset')
  expect(await (await raw.open(manager, join.PROTOCOL_ID)).send(Uint8Array.of(0, 16, 0, 1)).ended).toBe('reset')
  const cut = await raw.open(manager, join.PROTOCOL_ID)
  cut.send(Uint8Array.of(0, 0, 0, 9, 1))
  await cut.stream.close()
  expect(await cut.ended).toBe('reset')
  const garbage = (await raw.open(manager, join.PROTOCOL_ID)).send(frame(Uint8Array.of(0x0a, 0xff)))
  expect(await garbage.ended).toBe('reset')
})

test('a leave is acknowledged before the owner may drop the leaver', async () => {
  const order: string[] = []
  const manager = await startPeer({
    handlers: {
      leave: async (peerId) => order.push(`leave ${peerId === member.peerId}`) > 0,
      leaveAcknowledged: () => {
        order.push('acknowledged')
        manager.runtime.setAllowedPeers([])
      }
    }
  })
  const member = await startPeer()
  await befriend(manager, member)
  await member.runtime.requestLeave(manager.peerId)
  expect(order).toEqual(['leave true', 'acknowledged'])
  await until(() => !member.runtime.isConnected(manager.peerId))
})

test('an acknowledgement arrives although the leaver is dropped right after it', async () => {
  const raw = await startRaw()
  const manager = await startPeer({
    members: [{ peerId: raw.peerId, multiaddrs: [] }],
    handlers: { leaveAcknowledged: () => void manager.runtime.setAllowedPeers([]) }
  })
  const substream = (await raw.open(manager, leave.PROTOCOL_ID)).send(new Uint8Array(4))
  expect(await substream.ended).toBe('eof')
  expect([...substream.received]).toEqual([0, 0, 0, 0])
})

test('a leave that is declined, or never answered, counts as left', async () => {
  const manager = await startPeer({ handlers: { leave: async () => false } })
  const member = await startPeer()
  await befriend(manager, member)
  await member.runtime.requestLeave(manager.peerId)

  for (const handler of [never, () => Promise.reject(new Error('out of order'))]) {
    const slow = await startPeer({ limits: { leaveOwnerMs: 100 }, handlers: { leave: handler } })
    const substream = (await (await startRaw()).open(slow, leave.PROTOCOL_ID)).send(new Uint8Array(4))
    expect(await substream.ended).toBe('eof')
    expect(substream.received).toHaveLength(0)
  }

  const silent = await startRaw()
  silent.serve(leave.PROTOCOL_ID, () => {})
  const hasty = await startPeer({ members: [silent], limits: { leaveClientPhaseMs: 100 } })
  await hasty.runtime.requestLeave(silent.peerId)

  const rude = await startRaw()
  rude.serve(leave.PROTOCOL_ID, ({ stream }) => stream.addEventListener('message', () => void rude.swarm.stop()))
  const other = await startPeer({ members: [rude] })
  await other.runtime.requestLeave(rude.peerId)
})

test('a leave to a peer that does not know the word fails', async () => {
  const raw = await startRaw()
  const member = await startPeer({ members: [raw] })
  await expect(member.runtime.requestLeave(raw.peerId)).rejects.toMatchObject({ code: 'open-stream' })
})
