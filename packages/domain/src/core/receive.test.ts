import { expect, test } from 'vitest'
import { ScriptedPeer } from '../testing/scripted.ts'

test('the hint of a hand-over counts where it is our Manager who gives it, once a second', () => {
  const peer = ScriptedPeer.follower()
  peer.post({ type: 'handover-hinted', peer: 'peer-z' })
  expect(peer.take('read-row')).toEqual([])
  peer.post({ type: 'handover-hinted', peer: 'peer-m' })
  peer.answerRead({ kind: 'trouble', reason: 'away' })
  expect(peer.take('read-row')).toHaveLength(1)
  peer.post({ type: 'handover-hinted', peer: 'peer-m' })
  expect(peer.take('read-row')).toEqual([])
})
