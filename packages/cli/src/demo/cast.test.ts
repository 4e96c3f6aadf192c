import { expect, test } from 'vitest'
import type { AukiChild, ChildEvent } from '../child.ts'
import { type Actor, agreedManager, seeEachOther, viewOf } from './cast.ts'
import { catalogSeen, flowsSeen, frameSeen } from './sights.ts'

/** An actor whose process has printed these lines. */
function actor(...events: ChildEvent[]): Actor {
  const last = (name: string): ChildEvent | undefined => events.findLast(({ event }) => event === name)
  return { name: 'actor', child: { events, last } as unknown as AukiChild, dismissed: false }
}

const joined = (peerId: string, managerPeerId: string | null, role: string, ...members: string[]): ChildEvent => ({
  event: 'joined',
  peerId,
  managerPeerId,
  role,
  members
})

test('a peer that has not joined has no view', () => {
  expect(viewOf(actor())).toBeUndefined()
  expect(seeEachOther([actor()])).toBe(false)
  expect(agreedManager([actor()])).toBeUndefined()
})

test('the view is what joined said and what changed since', () => {
  const events = [
    joined('b', 'a', 'follower', 'a', 'b'),
    { event: 'member-joined', peerId: 'c' },
    { event: 'manager-changed' },
    { event: 'role-changed', role: 'unsettled' }
  ]
  expect(viewOf(actor(...events))).toEqual({ peerId: 'b', managerPeerId: undefined, role: 'unsettled', members: ['a', 'b', 'c'] })
  events.push(
    { event: 'member-left', peerId: 'a' },
    { event: 'manager-changed', managerPeerId: 'b' },
    { event: 'role-changed', role: 'manager' }
  )
  expect(viewOf(actor(...events))).toEqual({ peerId: 'b', managerPeerId: 'b', role: 'manager', members: ['b', 'c'] })
})

test('they agree only when all name one of them who knows it is the one', () => {
  const manager = actor(joined('a', 'a', 'manager', 'a', 'b'))
  const follower = actor(joined('b', 'a', 'follower', 'a', 'b'))
  expect(agreedManager([follower, manager])).toBe(manager)
  expect(agreedManager([follower])).toBeUndefined()
  expect(agreedManager([follower, actor(joined('a', 'a', 'headless', 'a', 'b'))])).toBeUndefined()
  expect(agreedManager([manager, actor(joined('b', 'c', 'follower', 'a', 'b'))])).toBeUndefined()
  expect(agreedManager([manager, actor(joined('b', null, 'unsettled', 'a', 'b'))])).toBeUndefined()
  expect(agreedManager([manager, actor(joined('b', 'b', 'manager', 'a', 'b'))])).toBeUndefined()
})

test('they see each other only when nobody is missing and nobody is left over', () => {
  const [a, b] = [actor(joined('a', 'a', 'manager', 'a', 'b')), actor(joined('b', 'a', 'follower', 'a', 'b'))]
  expect(seeEachOther([a, b])).toBe(true)
  expect(seeEachOther([a])).toBe(false)
  expect(seeEachOther([a, actor(joined('b', 'a', 'follower', 'a', 'b', 'gone'))])).toBe(false)
  expect(seeEachOther([a, actor(joined('b', 'a', 'follower', 'b'))])).toBe(false)
})

test('a sight of a peer is its own', () => {
  const console = actor({ event: 'catalog', peerId: 'a', resources: [{ resource_id: 'camera' }] })
  expect(catalogSeen(console, 'a')).toEqual([{ resource_id: 'camera' }])
  expect(catalogSeen(console, 'b')).toBeUndefined()
  expect(frameSeen(console, 'a')).toBeUndefined()
})

test('a frame counts only with the hash it was asked by; a look that failed is not waited for', () => {
  const fetched = { event: 'frame-fetched', peerId: 'a', id: 'optical', hash: '01', canonicalJson: '{}' }
  expect(frameSeen(actor({ ...fetched, actual: '01' }), 'a')).toEqual({ id: 'optical', hash: '01', canonicalJson: '{}' })
  expect(() => frameSeen(actor({ ...fetched, actual: '02' }), 'a')).toThrow('has the hash 02, not 01')
  expect(() => catalogSeen(actor({ event: 'look-failed', peerId: 'a', reason: 'no answer' }), 'a')).toThrow('no answer')
})

test('a flow is what was last told of it, with the longest pause; one that has ended is not waited for', () => {
  const flow = { event: 'flow', peerId: 'a', resourceId: 'camera', entries: 3, dropped: 0, entriesPerSecond: 30, bytesPerSecond: 9 }
  const events = [
    { ...flow, longestPauseMs: 50 },
    { ...flow, peerId: 'b', longestPauseMs: 900 },
    { ...flow, entries: 9, latencyNs: 5, longestPauseMs: 40 }
  ]
  expect(flowsSeen(actor(...events), 'a')).toMatchObject([{ resourceId: 'camera', entries: 9, latencyNs: 5, longestPauseMs: 50 }])
  expect(flowsSeen(actor(...events), 'a', 2)).toMatchObject([{ entries: 9, longestPauseMs: 40 }])
  expect(flowsSeen(actor(...events), 'a', 3)).toEqual([])
  const ended = { event: 'flow-ended', peerId: 'a', resourceId: 'camera', reason: 'connection-lost' }
  expect(() => flowsSeen(actor(...events, ended), 'a')).toThrow('"camera" has ended: connection-lost')
})
