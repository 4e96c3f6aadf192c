import { expect, test } from 'vitest'
import { me, row, ScriptedPeer } from '../testing/scripted.ts'

test('our create succeeded, but its row was swept and made anew by another before we heard of it: we follow that one', () => {
  const peer = ScriptedPeer.follower()
  peer.advance(2_300)
  peer.post({ type: 'loop-turned', no: peer.state.verdict!.no })
  peer.answerRead({ kind: 'absent' })
  peer.advance(100)
  const { no } = peer.takeOne('create-row')
  peer.advance(1)
  peer.post({ type: 'watch-changed', change: 'swept', row: row(me, 500) })
  peer.post({ type: 'watch-changed', change: 'created', row: row('peer-x', 600) })
  peer.post({ type: 'row-created', no, outcome: { kind: 'created', row: row(me, 500) } })
  expect(peer.view()).toMatchObject({ role: 'unsettled', managerPeerId: 'peer-x' })
})
