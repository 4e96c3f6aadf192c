import { expect, test } from 'vitest'
import { row, ScriptedPeer } from '../testing/scripted.ts'

test('a create that comes back with a row that is gone by then: the row is looked at again', () => {
  const peer = ScriptedPeer.follower()
  peer.advance(2_300)
  peer.post({ type: 'loop-turned', no: peer.state.verdict!.no })
  peer.answerRead({ kind: 'absent' })
  peer.advance(200)
  const { no } = peer.takeOne('create-row')
  peer.post({ type: 'watch-changed', change: 'swept', row: row('peer-x', 400) })
  peer.post({ type: 'row-created', no, outcome: { kind: 'exists', row: row('peer-x', 300) } })
  peer.advance(2_000)
  expect(peer.kinds()).toContain('read-row')
})
