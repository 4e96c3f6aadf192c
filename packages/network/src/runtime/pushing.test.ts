import { expect, test } from 'vitest'
import * as membership from '../protocols/membership.ts'
import { befriend, type RawSubstream, startPeer, startRaw, until } from '../testing/peers.ts'

const update = (membershipJson: string) => ({ managerPeerId: 'm', membershipJson })

test('a document reaches a connected member with its sender', async () => {
  const heard: unknown[] = []
  const manager = await startPeer()
  const member = await startPeer({ handlers: { membership: (peerId, given) => heard.push([peerId, given]) } })
  await befriend(manager, member)
  manager.runtime.pushMembership([member.peerId, 'somebody else'], { ...update('{"a":1}'), handoverTo: 'x' })
  await until(() => heard.length > 0)
  expect(heard).toEqual([[manager.peerId, { ...update('{"a":1}'), handoverTo: 'x' }]])
})

test('while one push is under way only the newest waits', async () => {
  const raw = await startRaw()
  const opened: RawSubstream[] = []
  raw.serve(membership.PROTOCOL_ID, (substream) => opened.push(substream))
  const manager = await startPeer({ members: [raw] })
  await manager.runtime.waitConnected(raw.peerId)
  for (let i = 0; i < 10; i++) manager.runtime.pushMembership([raw.peerId], update(`${i}`))
  await until(() => opened.length === 2 && opened[1]!.received.length > 0)
  expect(opened.map(({ received }) => membership.decode(received.subarray(4)).membershipJson)).toEqual(['0', '9'])
})

test('a push that nobody takes fails in the log only', async () => {
  const raw = await startRaw()
  const manager = await startPeer({ members: [raw] })
  await manager.runtime.waitConnected(raw.peerId)
  manager.runtime.pushMembership([raw.peerId], update('{}'))
  await until(() => manager.lines.some((line) => line.includes('a push failed')))
})

test('what does not fit its frame, as it goes on the wire, is refused and not sent', async () => {
  const raw = await startRaw()
  const opened: RawSubstream[] = []
  raw.serve(membership.PROTOCOL_ID, (substream) => opened.push(substream))
  const manager = await startPeer({ members: [raw] })
  await manager.runtime.waitConnected(raw.peerId)
  const quotes = '"'.repeat(membership.FRAME_BYTES_MAX / 2)
  expect(() => manager.runtime.pushMembership([raw.peerId], update(quotes))).toThrow(
    expect.objectContaining({ name: 'RuntimeError', code: 'payload-too-large', details: { actual: expect.any(Number), max: 1_048_576 } })
  )
  expect(() => manager.runtime.pushDiagnostic({ topic: 't', payloadJson: 'x'.repeat(65_536) })).toThrow(
    expect.objectContaining({ code: 'payload-too-large' })
  )
  manager.runtime.pushMembership([raw.peerId], update('small'))
  await until(() => opened.length === 1)
})

test('a large document arrives whole', async () => {
  const heard: string[] = []
  const manager = await startPeer()
  const member = await startPeer({ handlers: { membership: (_peerId, { membershipJson }) => heard.push(membershipJson) } })
  await befriend(manager, member)
  const large = 'x'.repeat(1_000_000)
  manager.runtime.pushMembership([member.peerId], update(large))
  await until(() => heard.length > 0)
  expect(heard[0] === large).toBe(true)
})

test('a diagnostic goes to every connected member', async () => {
  const heard: unknown[] = []
  const handlers = { diagnostic: (peerId: string, message: unknown) => heard.push([peerId, message]) }
  const sender = await startPeer()
  const [one, two] = [await startPeer({ handlers, members: [sender] }), await startPeer({ handlers, members: [sender] })]
  sender.runtime.setAllowedPeers([one, two])
  await Promise.all([sender.runtime.waitConnected(one.peerId), sender.runtime.waitConnected(two.peerId)])
  sender.runtime.pushDiagnostic({ topic: 'battery', payloadJson: '{"v":12}' })
  await until(() => heard.length === 2)
  expect(heard).toEqual(Array(2).fill([sender.peerId, { topic: 'battery', payloadJson: '{"v":12}' }]))
})
