import { PeerIdentity } from '@auki/identity'
import { expect, test } from 'vitest'
import type { ClusterMember } from './core/index.ts'
import { DomainError } from './errors.ts'
import { findPeer, peerIdOf, peersOf } from './peers.ts'

const member = (peerId: string, more: Partial<ClusterMember> = {}): ClusterMember => ({
  peerId,
  multiaddrs: [],
  joinTsNs: 1n,
  observer: false,
  ...more
})

const idOf = (seed: number): string => PeerIdentity.fromSeed(new Uint8Array(32).fill(seed)).peerId

function refused(look: () => unknown): unknown {
  try {
    look()
  } catch (error) {
    if (error instanceof DomainError) return { code: error.code, ...error.details }
  }
  return expect.unreachable('nobody was to be found')
}

test('members as they are in the document, with whether each is us and Manager', () => {
  const members = [member('a', { name: 'robot' }), member('b', { observer: true }), member('c', { indirect: true })]
  expect(peersOf(members, 'b', 'a')).toEqual([
    { peerId: 'a', name: 'robot', isSelf: false, isManager: true, observer: false },
    { peerId: 'b', isSelf: true, isManager: false, observer: true },
    { peerId: 'c', isSelf: false, isManager: false, observer: false, indirect: true }
  ])
  expect(peersOf(members, 'b', undefined).some(({ isManager }) => isManager)).toBe(false)
})

test('a member is found by its id, or by a name that only it has; an id is never taken for a name', () => {
  const peers = peersOf([member('a', { name: 'robot' }), member('b', { name: 'a' }), member('c')], 'c', 'a')
  expect(findPeer(peers, 'a').peerId).toBe('a')
  expect(findPeer(peers, 'robot').peerId).toBe('a')
  expect(findPeer(peers, 'c').peerId).toBe('c')
})

test('a name is looked for as members see it: visible characters, cut to 128', () => {
  const peers = peersOf([member('a', { name: 'x'.repeat(128) })], 'c', 'a')
  expect(findPeer(peers, `\u0007${'x'.repeat(140)}`).peerId).toBe('a')
})

test('nobody, and more than one, are told with the ids to choose from', () => {
  const peers = peersOf([member('a', { name: 'robot' }), member('b', { name: 'robot' }), member('c')], 'c', 'a')
  expect(refused(() => findPeer(peers, 'phone'))).toEqual({ code: 'no-such-peer', peer: 'phone', candidates: ['a', 'b', 'c'] })
  expect(refused(() => findPeer(peers, ''))).toMatchObject({ code: 'no-such-peer' })
  expect(refused(() => findPeer(peers, 'robot'))).toEqual({ code: 'ambiguous-name', peer: 'robot', candidates: ['a', 'b'] })
})

test('a message names only some of many members', () => {
  const peers = peersOf(
    Array.from({ length: 1_000 }, (_, index) => member(`peer-${index}`, { name: 'one of them' })),
    'c',
    'a'
  )
  expect(() => findPeer(peers, 'phone')).toThrow(/peer-7 \(one of them\), 992 more$/)
})

test('who is meant: a member, whatever has a peer id, an id of anybody, a name', () => {
  const peers = peersOf([member('a', { name: 'robot' })], 'c', 'a')
  expect(peerIdOf(peers, peers[0]!)).toBe('a')
  expect(peerIdOf(peers, { peerId: 'b' })).toBe('b')
  expect(peerIdOf(peers, idOf(1))).toBe(idOf(1))
  expect(peerIdOf(peers, 'robot')).toBe('a')
  expect(refused(() => peerIdOf(peers, 'phone'))).toMatchObject({ code: 'no-such-peer' })
})
