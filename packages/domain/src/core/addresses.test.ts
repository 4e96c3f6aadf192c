import { expect, test } from 'vitest'
import { me, row, ScriptedPeer } from '../testing/scripted.ts'

test('addresses that come after the start are those of our line when we take the role', () => {
  const moved = '/ip4/10.0.0.77/tcp/7'
  const peer = ScriptedPeer.follower(['peer-m', me])
  peer.post({ type: 'addresses-set', multiaddrs: [moved] })
  expect(peer.view().membership.peers.find(({ peerId }) => peerId === me)?.multiaddrs).not.toContain(moved)
  peer.post({ type: 'watch-changed', change: 'rotated', row: row(me, 200) })
  peer.post({ type: 'row-rotated', no: peer.takeOne('rotate-row').no, outcome: { kind: 'ok', row: row(me, 201, { instance: 'mine' }) } })
  expect(peer.view().membership.peers.find(({ peerId }) => peerId === me)?.multiaddrs).toEqual([moved])
})
