import { expect, test } from 'vitest'
import { me, row, ScriptedPeer } from '../testing/scripted.ts'

/** It takes the row that is gone; `refusals`: how often the service has no place first. */
function takeRow(peer: ScriptedPeer, refusals: number): void {
  let refused = 0
  for (let passed = 0; passed < 30_000 && peer.view().role !== 'manager'; passed += 100) {
    peer.advance(100)
    const { role } = peer.state
    if (role.kind === 'following' && role.read !== undefined) peer.answerRead({ kind: 'absent' })
    for (const { no } of peer.take('create-row')) {
      const outcome =
        refused++ < refusals ? ({ kind: 'trouble', reason: 'full' } as const) : ({ kind: 'created', row: row(me, 300) } as const)
      peer.post({ type: 'row-created', no, outcome })
    }
  }
  expect(peer.view().role).toBe('manager')
}

const marked = (peer: ScriptedPeer) => peer.state.document.peers.filter(({ indirect }) => indirect === true).map(({ peerId }) => peerId)

test('the Manager before is marked, not a candidate that let its turn pass, in however many rounds', () => {
  const peer = ScriptedPeer.follower(['peer-m', 'peer-b', me])
  peer.post({ type: 'connected', peer: 'peer-b' })
  peer.post({ type: 'disconnected', peer: 'peer-m' })
  peer.advance(1_600)
  peer.post({ type: 'watch-changed', change: 'swept', row: row('peer-m', 100) })
  takeRow(peer, 2)
  expect(marked(peer)).toEqual(['peer-m'])
})

test('it is marked also where it was heard a moment before the row went, and had the first turn', () => {
  const peer = ScriptedPeer.follower(['peer-m', me])
  peer.heartbeat('peer-m')
  peer.post({ type: 'watch-changed', change: 'swept', row: row('peer-m', 100) })
  expect(peer.view().managerPeerId).toBe('peer-m')
  takeRow(peer, 0)
  expect(marked(peer)).toEqual(['peer-m'])
})

test('of two Managers in a row the one that our document lists is marked', () => {
  const peer = ScriptedPeer.follower(['peer-m', me])
  peer.post({ type: 'watch-changed', change: 'created', row: row('peer-x', 200) })
  peer.advance(1_000)
  peer.post({ type: 'watch-changed', change: 'swept', row: row('peer-x', 200) })
  takeRow(peer, 0)
  expect(marked(peer)).toEqual(['peer-m'])
})
