import { describe, expect, test } from 'vitest'
import { me, row, ScriptedPeer } from '../testing/scripted.ts'

const members = (peer: ScriptedPeer) => peer.view().membership.peers.map(({ peerId, indirect }) => (indirect ? `${peerId}?` : peerId))

/** A Manager that hears these members, a moment before one is found gone. */
function hearing(others: readonly string[], heard: readonly string[] = others): ScriptedPeer {
  const peer = ScriptedPeer.manager(others, { peerLossTimeoutMs: 15_000 })
  for (const other of heard) peer.heartbeat(other)
  peer.monoMs += 100
  peer.take('log')
  return peer
}

function gone(peer: ScriptedPeer, who: string): void {
  peer.post({ type: 'disconnected', peer: who })
  peer.post({ type: 'process-gone', peer: who })
}

function answer(peer: ScriptedPeer, seen: boolean): void {
  const { no, to } = peer.takeOne('ask-witnesses')
  for (const witness of to) peer.post({ type: 'witness-answered', no, peer: witness, seen })
}

describe('a member that is not heard', () => {
  test('three others are asked about it; all say no: it goes', () => {
    const peer = hearing(['b', 'c', 'd', 'e', 'f'])
    gone(peer, 'b')
    const { no, to, suspect } = peer.takeOne('ask-witnesses')
    expect(suspect).toBe('b')
    expect(new Set(to).size).toBe(3)
    expect(to).not.toContain('b')
    for (const witness of to.slice(1)) peer.post({ type: 'witness-answered', no, peer: witness, seen: false })
    expect(members(peer)).toContain('b')
    peer.post({ type: 'witness-answered', no, peer: to[0]!, seen: false })
    expect(members(peer)).toEqual([me, 'c', 'd', 'e', 'f'])
  })

  test('one yes is enough: it stays, marked, until it is heard', () => {
    const peer = hearing(['b', 'c', 'd'])
    const before = peer.view().membership.order!.version
    gone(peer, 'b')
    answer(peer, true)
    expect(members(peer)).toEqual([me, 'b?', 'c', 'd'])
    expect(peer.view().membership.order!.version).toBe(before + 1)
    peer.heartbeat('b')
    expect(members(peer)).toEqual([me, 'b', 'c', 'd'])
  })

  test('an accepted join request takes the mark away', () => {
    const peer = hearing(['b', 'c'])
    gone(peer, 'b')
    answer(peer, true)
    peer.post({ type: 'connected', peer: 'b' })
    peer.request('b', 1)
    expect(members(peer)).toEqual([me, 'b', 'c'])
  })

  test('no answers within 1.5 s: it goes, unless it was heard meanwhile', () => {
    for (const heard of [false, true]) {
      const peer = hearing(['b', 'c'])
      gone(peer, 'b')
      peer.advance(1_000)
      if (heard) peer.heartbeat('b')
      peer.advance(600)
      expect(members(peer)).toEqual(heard ? [me, 'b', 'c'] : [me, 'c'])
    }
  })

  test('nobody to ask: it goes at once', () => {
    const peer = hearing(['b', 'c'], ['b'])
    gone(peer, 'b')
    expect(peer.take('ask-witnesses')).toEqual([])
    expect(members(peer)).toEqual([me, 'c'])
  })

  test('one that is connected again is not gone', () => {
    const peer = hearing(['b', 'c'])
    peer.post({ type: 'process-gone', peer: 'b' })
    expect(peer.take('ask-witnesses')).toEqual([])
  })

  test('who is back within the loss timeout has its join time again; later it is a newcomer', () => {
    for (const [awayMs, same] of [
      [2_000, true],
      [15_000, false]
    ] as const) {
      const peer = hearing(['b', 'c'], ['b'])
      const joined = peer.view().membership.peers.find(({ peerId }) => peerId === 'b')!.joinTsNs
      gone(peer, 'b')
      peer.monoMs += awayMs
      if (peer.state.role.kind !== 'managing') throw new Error('it is not Manager')
      // Discovery goes on answering.
      peer.post({ type: 'woken' })
      const { ask } = peer.state.role
      if (ask !== undefined) peer.post({ type: 'row-refreshed', no: ask.no, outcome: { kind: 'ok', row: row(me, 100) } })
      const again = peer.state.role.kind === 'managing' ? peer.state.role.ask : undefined
      if (again !== undefined) peer.post({ type: 'row-refreshed', no: again.no, outcome: { kind: 'ok', row: row(me, 100) } })
      peer.request('b', 1)
      expect(peer.view().membership.peers.find(({ peerId }) => peerId === 'b')?.joinTsNs === joined, `away for ${awayMs} ms`).toBe(same)
    }
  })

  test('a Manager that hears nobody gives the row up before it evicts the next one', () => {
    const peer = hearing(['b', 'c'], ['c'])
    gone(peer, 'b')
    answer(peer, true)
    gone(peer, 'c')
    expect(peer.view().role).toBe('unsettled')
    expect(peer.take('delete-row')).toHaveLength(1)
  })
})
