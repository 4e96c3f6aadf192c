/** Two processes of one identity as members. */
import { describe, expect, test } from 'vitest'
import { me, row, ScriptedPeer } from '../testing/scripted.ts'

/** What the JoinRequest of this process of peer-b came to. */
function join(peer: ScriptedPeer, instance: string | undefined, more: { observer?: boolean } = {}): string {
  const ticket = peer.monoMs * 10 + peer.state.nextNo
  peer.request('peer-b', ticket, { ...more, ...(instance === undefined ? {} : { instance }) })
  const { answer } = peer.take('answer-join').at(-1)!
  return answer.kind === 'accept' ? 'accept' : answer.refusal.why
}

/** A Manager that keeps its lease and hears one process of peer-b. */
function hear(peer: ScriptedPeer, instance: string | undefined, ms: number): void {
  for (let passed = 0; passed < ms; passed += 500) {
    peer.advance(500)
    if (peer.state.role.kind === 'managing') {
      const { revision } = peer.state.role
      for (const { no } of peer.take('refresh-row'))
        peer.post({ type: 'row-refreshed', no, outcome: { kind: 'ok', row: { ...rowOf(peer), revision: revision! } } })
    }
    peer.heartbeat('peer-b', undefined, instance)
  }
}

const rowOf = (peer: ScriptedPeer) => {
  const { newest } = peer.state
  return newest!.row!
}

function manager(): ScriptedPeer {
  const peer = ScriptedPeer.manager()
  peer.post({ type: 'connected', peer: 'peer-b' })
  return peer
}

describe('two processes of one identity as members', () => {
  test('the superseded one that asks again while its successor is heard is told, and nobody else', () => {
    const peer = manager()
    expect(join(peer, 'first')).toBe('accept')
    hear(peer, 'first', 1_000)
    peer.take('log')
    expect(join(peer, 'second')).toBe('accept')
    hear(peer, 'second', 1_000)
    expect(join(peer, 'first')).toBe('identity-in-use')
    expect(join(peer, 'second')).toBe('accept')
    expect(peer.view().membership.peers).toHaveLength(2)
  })

  test('our beats go to the process that was let in last, over another connection', () => {
    const peer = manager()
    join(peer, 'first')
    hear(peer, 'first', 1_000)
    expect(peer.kinds()).not.toContain('switch-connection')
    peer.request('peer-b', 77, { instance: 'second' })
    expect(peer.take('switch-connection')).toEqual([{ type: 'switch-connection', peer: 'peer-b' }])
    // The other one is heard all the same: the next connection.
    hear(peer, 'first', 1_000)
    expect(peer.take('switch-connection')).toEqual([])
    let switches = 0
    for (let passed = 0; passed < 2_000; passed += 500) {
      hear(peer, 'first', 500)
      switches += peer.kinds().filter((kind) => kind === 'switch-connection').length
    }
    expect(switches).toBeGreaterThan(0)
  })

  test('the delayed JoinRequest of a dead process does not end its successor', () => {
    const peer = manager()
    join(peer, 'living')
    hear(peer, 'living', 1_000)
    peer.take('log')
    expect(join(peer, 'dead')).toBe('accept')
    // Nothing more comes of that one; the living one asks again.
    hear(peer, 'living', 1_000)
    peer.take('log')
    expect(join(peer, 'living')).toBe('accept')
  })

  test('the last four superseded processes are known', () => {
    const peer = manager()
    for (const instance of ['1', '2', '3', '4', '5', '6']) {
      peer.advance(100)
      join(peer, instance)
    }
    hear(peer, '6', 500)
    peer.take('log')
    expect(['2', '3', '4', '5'].map((instance) => join(peer, instance))).toEqual(Array(4).fill('identity-in-use'))
    expect(join(peer, '1')).toBe('accept')
  })

  test('after a suspend nobody knows which process of a member lives, however few ms ago its beat seems to be', () => {
    const peer = manager()
    join(peer, 'member')
    hear(peer, 'member', 500)
    peer.take('log')
    peer.wallAheadMs += 20_000
    peer.take('refresh-row')
    peer.post({ type: 'clock-jumped' })
    peer.post({
      type: 'row-refreshed',
      no: peer.takeOne('refresh-row').no,
      outcome: { kind: 'ok', row: row(me, 100, { instance: 'mine' }) }
    })
    peer.take('log')
    expect(join(peer, 'viewer', { observer: true })).toBe('accept')
  })

  test('an observer with a living member’s id is itself refused, and let in once that one is gone', () => {
    const peer = manager()
    join(peer, 'member')
    hear(peer, 'member', 1_000)
    peer.take('log')
    expect(join(peer, 'viewer', { observer: true })).toBe('identity-in-use')
    // A member comes before an observer, also where it came later.
    const other = manager()
    join(other, 'viewer', { observer: true })
    hear(other, 'viewer', 1_000)
    other.take('log')
    expect(join(other, 'member')).toBe('accept')
    hear(other, 'member', 1_000)
    other.take('log')
    expect(join(other, 'viewer', { observer: true })).toBe('identity-in-use')
    // Its own beats do not stand in its way.
    hear(peer, 'viewer', 2_000)
    peer.take('log')
    expect(join(peer, 'viewer', { observer: true })).toBe('accept')
  })

  test('a process that does not name itself is let in, and the log is told once', () => {
    const peer = manager()
    join(peer, 'named')
    hear(peer, 'named', 500)
    const warnings = (): number => peer.take('log').filter(({ level, text }) => level === 'warn' && text.includes('two processes')).length
    peer.take('answer-join')
    peer.request('peer-b', 1)
    expect(warnings()).toBe(1)
    hear(peer, undefined, 500)
    peer.request('peer-b', 2, { instance: 'named' })
    peer.request('peer-b', 3)
    expect(warnings()).toBe(0)
  })
})

test('a Reject that says so ends a member; nobody ends by a document', () => {
  const peer = ScriptedPeer.follower(['peer-m', 'peer-a'])
  peer.advance(2_300)
  peer.post({ type: 'loop-turned', no: peer.state.verdict!.no })
  peer.answerRead({ kind: 'row', row: { ...rowOf(peer), revision: 100 } })
  const { no } = peer.takeOne('request-join')
  peer.post({ type: 'join-answered', no, outcome: { kind: 'refused', why: 'identity-in-use', reason: 'identity in use' } })
  expect(peer.takeOne('ended').why).toBe('identity-in-use')
  expect(peer.view()).toMatchObject({ role: 'ended', managerPeerId: 'peer-m', isManager: false })
  expect(peer.view().membership.peers).toHaveLength(2)
})
