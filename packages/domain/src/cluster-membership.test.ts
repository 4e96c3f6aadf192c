import { expect, test } from 'vitest'
import { type ClusterMember, ClusterMembership } from './cluster-membership.ts'

const member = (peerId: string): ClusterMember => ({ peerId, multiaddrs: [], joinTsNs: 1n, successorToken: [], observer: false })

test('a new membership has a name, a file name, and takes members in order, also twice', () => {
  const membership = new ClusterMembership('lab')
  expect(membership.filename()).toBe('lab.json')
  expect(new ClusterMembership('').filename()).toBe('.json')
  expect([membership.admit(member('b')), membership.admit(member('a')), membership.admit(member('b'))]).toEqual([0, 1, 2])
  expect(membership.peers.map(({ peerId }) => peerId)).toEqual(['b', 'a', 'b'])
})

test('it is a copy: changing it changes nothing else', () => {
  const peers = [member('a')]
  const membership = new ClusterMembership('lab', peers, { epoch: 7, version: 3 })
  membership.admit(member('b'))
  expect(peers).toHaveLength(1)
  expect([membership.epoch, membership.version]).toEqual([7, 3])
})
