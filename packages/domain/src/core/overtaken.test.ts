/** Answers that another answer or the watch has overtaken: what they still tell, and what not. */
import { expect, test } from 'vitest'
import { clusterName, me, row, ScriptedPeer } from '../testing/scripted.ts'

test('a Manager: a 200 about a reign that has ended since takes nothing back', () => {
  const peer = ScriptedPeer.manager(['peer-b'])
  peer.advance(1_000)
  const { no } = peer.takeOne('refresh-row')
  // A liveness check of before finds out first that the row was rotated to us anew.
  peer.advance(1_000)
  const next = peer.takeOne('refresh-row').no
  peer.post({ type: 'row-refreshed', no: next, outcome: { kind: 'conflict', row: row(me, 300, { instance: 'mine' }) } })
  peer.advance(250)
  const third = peer.takeOne('refresh-row').no
  peer.post({ type: 'row-refreshed', no: third, outcome: { kind: 'ok', row: row(me, 300, { instance: 'mine' }) } })
  peer.post({ type: 'row-refreshed', no, outcome: { kind: 'ok', row: row(me, 100, { instance: 'mine' }) } })
  peer.advance(1_000)
  const fourth = peer.takeOne('refresh-row').no
  peer.post({ type: 'row-refreshed', no: fourth, outcome: { kind: 'ok', row: row(me, 200, { instance: 'mine' }) } })
  expect(peer.view().membership.order).toEqual({ epoch: 300, version: 1 })
  expect(peer.view().isManager).toBe(true)
})

test('a follower: the answer to a liveness check of its time as Manager tells of a newer reign', () => {
  const peer = ScriptedPeer.manager(['peer-b'])
  peer.advance(1_000)
  const { no } = peer.takeOne('refresh-row')
  peer.post({ type: 'watch-changed', change: 'rotated', row: row('peer-b', 200) })
  expect(peer.view().managerPeerId).toBe('peer-b')
  peer.post({ type: 'row-refreshed', no, outcome: { kind: 'conflict', row: row('peer-c', 300) } })
  expect(peer.view().managerPeerId).toBe('peer-c')
  peer.post({ type: 'row-refreshed', no, outcome: { kind: 'conflict', row: row('peer-b', 200) } })
  expect(peer.view().managerPeerId).toBe('peer-c')
})

test('a joiner: a read that the watch has overtaken still tells of a newer reign, and of its members', () => {
  const peer = new ScriptedPeer({ kind: 'joinOrCreate', name: clusterName })
  peer.post({ type: 'started' })
  peer.answerRead({ kind: 'absent' })
  peer.post({ type: 'row-created', no: peer.takeOne('create-row').no, outcome: { kind: 'trouble', reason: 'timeout' } })
  peer.advance(400)
  const { no } = peer.takeOne('read-row')
  peer.post({ type: 'watch-snapshot', row: row('peer-m', 200) })
  peer.post({ type: 'row-read', no, outcome: { kind: 'row', row: row('peer-x', 300, { peerCount: 4 }) }, versioned: true })
  expect(peer.take('set-allowed').at(-1)?.members).toMatchObject([{ peerId: 'peer-x' }])
  peer.post({ type: 'watch-changed', change: 'swept', row: row('peer-m', 200) })
  peer.advance(100)
  expect(peer.take('create-row')).toEqual([])
})
