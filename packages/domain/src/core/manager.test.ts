import { describe, expect, test } from 'vitest'
import { documentOf, me, row, ScriptedPeer } from '../testing/scripted.ts'

/** A second write to Discovery within an interval waits this long. */
const pauseMs = 250

/** The liveness check that is due, answered. */
function liveness(peer: ScriptedPeer, outcome: Parameters<typeof answer>[1]): void {
  peer.advance(1_000)
  answer(peer, outcome)
}

function answer(peer: ScriptedPeer, outcome: Extract<Parameters<ScriptedPeer['post']>[0], { type: 'row-refreshed' }>['outcome']): void {
  peer.post({ type: 'row-refreshed', no: peer.takeOne('refresh-row').no, outcome })
}

describe('a Manager and the answers to its liveness tick', () => {
  test('200 naming us renews the lease, counted from the send', () => {
    const peer = ScriptedPeer.manager()
    peer.advance(1_000)
    const { no } = peer.takeOne('refresh-row')
    peer.advance(900)
    peer.post({ type: 'row-refreshed', no, outcome: { kind: 'ok', row: row(me, 100) } })
    peer.take('log')
    // Confirmed until 99 % of 3 s after the send, 900 ms of which were the answer's journey.
    peer.monoMs += 2_069
    expect(peer.view().role).toBe('manager')
    peer.monoMs += 1
    expect(peer.view()).toMatchObject({ role: 'headless', isManager: false, managerPeerId: me })
  })

  test('200 naming another makes us step down to it', () => {
    const peer = ScriptedPeer.manager(['peer-b'])
    liveness(peer, { kind: 'ok', row: row('peer-b', 100) })
    expect(peer.view()).toMatchObject({ role: 'unsettled', managerPeerId: 'peer-b' })
  })

  test('412 naming another makes us step down: no lease, no tick, no targets, clock withdrawn, rejoin', () => {
    const peer = ScriptedPeer.manager(['peer-b'])
    peer.advance(1_000)
    const { no } = peer.takeOne('refresh-row')
    peer.post({ type: 'row-refreshed', no, outcome: { kind: 'conflict', row: row('peer-x', 200) } })
    expect(peer.view()).toMatchObject({ role: 'unsettled', managerPeerId: 'peer-x' })
    expect(peer.kinds()).toEqual(expect.arrayContaining(['domain-clock', 'set-targets', 'set-allowed', 'dial']))
    expect(peer.take('set-targets').at(-1)?.peers).toEqual([])
    peer.advance(5_000)
    expect(peer.take('refresh-row')).toEqual([])
  })

  test('412 naming us with another revision: taken, repeated soon, a new epoch on success', () => {
    const peer = ScriptedPeer.manager(['peer-b'])
    liveness(peer, { kind: 'conflict', row: row(me, 300, { instance: 'mine' }) })
    expect(peer.take('refresh-row')).toEqual([])
    peer.advance(pauseMs)
    const repeat = peer.takeOne('refresh-row')
    expect(repeat.revision).toBe(300)
    peer.post({ type: 'row-refreshed', no: repeat.no, outcome: { kind: 'ok', row: row(me, 300, { instance: 'mine' }) } })
    expect(peer.view().membership.order).toEqual({ epoch: 300, version: 1 })
    expect(peer.take('push')).toHaveLength(1)
  })

  test('a new epoch begins also where only a later tick succeeds', () => {
    const peer = ScriptedPeer.manager(['peer-b'])
    liveness(peer, { kind: 'conflict', row: row(me, 300, { instance: 'mine' }) })
    peer.advance(pauseMs)
    answer(peer, { kind: 'trouble', reason: 'timeout' })
    expect(peer.view().membership.order?.epoch).toBe(100)
    liveness(peer, { kind: 'ok', row: row(me, 300, { instance: 'mine' }) })
    expect(peer.view().membership.order).toEqual({ epoch: 300, version: 1 })
  })

  test('404 creates the row again; 201 starts a new epoch and tells the true peer count soon', () => {
    const peer = ScriptedPeer.manager(['peer-b'])
    liveness(peer, { kind: 'absent' })
    expect(peer.take('create-row')).toEqual([])
    peer.advance(pauseMs)
    const { no } = peer.takeOne('create-row')
    peer.post({ type: 'row-created', no, outcome: { kind: 'created', row: row(me, 400, { instance: 'mine' }) } })
    expect(peer.view().membership.order).toEqual({ epoch: 400, version: 1 })
    peer.advance(2 * pauseMs)
    expect(peer.takeOne('refresh-row')).toMatchObject({ peerCount: 2, revision: 400 })
  })

  test('404, then 409 on the create: another row → step down, ours → its revision is taken', () => {
    const displaced = ScriptedPeer.manager()
    liveness(displaced, { kind: 'absent' })
    displaced.advance(pauseMs)
    displaced.post({ type: 'row-created', no: displaced.takeOne('create-row').no, outcome: { kind: 'exists', row: row('peer-x', 200) } })
    expect(displaced.view()).toMatchObject({ role: 'unsettled', managerPeerId: 'peer-x' })

    const ours = ScriptedPeer.manager()
    liveness(ours, { kind: 'absent' })
    ours.advance(pauseMs)
    const exists = { kind: 'exists' as const, row: row(me, 500, { instance: 'mine' }) }
    ours.post({ type: 'row-created', no: ours.takeOne('create-row').no, outcome: exists })
    ours.advance(2 * pauseMs)
    expect(ours.takeOne('refresh-row').revision).toBe(500)
  })

  test('a lease that was seen to have run out stays so when the wall clock comes back: only an answer helps', () => {
    const peer = ScriptedPeer.manager()
    peer.wallAheadMs = -3_800
    peer.post({ type: 'woken' })
    expect(peer.view().role).toBe('headless')
    peer.wallAheadMs = 0
    peer.post({ type: 'woken' })
    expect(peer.view().role).toBe('headless')
    liveness(peer, { kind: 'ok', row: row(me, 100) })
    expect(peer.view().role).toBe('manager')
  })

  test('trouble keeps asking every interval while the lease runs out; a success makes it Manager again', () => {
    const peer = ScriptedPeer.manager(['peer-b'])
    peer.heartbeat('peer-b')
    for (let tick = 0; tick < 3; tick++) liveness(peer, { kind: 'trouble', reason: 'refused' })
    expect(peer.view()).toMatchObject({ role: 'headless', managerPeerId: me })
    liveness(peer, { kind: 'ok', row: row(me, 100) })
    expect(peer.view()).toMatchObject({ role: 'manager', isManager: true })
  })

  test('a refused connection does not make it ask more often than once an interval', () => {
    const peer = ScriptedPeer.manager()
    let asked = 0
    for (let elapsed = 0; elapsed < 20_000; elapsed += 50) {
      peer.advance(50)
      for (const effect of [...peer.take('refresh-row')]) {
        asked++
        peer.post({ type: 'row-refreshed', no: effect.no, outcome: { kind: 'trouble', reason: 'refused' } })
      }
    }
    expect(asked).toBeLessThanOrEqual(20)
  })

  test('a late 200 of the same reign renews from its own send', () => {
    const peer = ScriptedPeer.manager()
    peer.advance(1_000)
    const { no } = peer.takeOne('refresh-row')
    peer.advance(1_500)
    peer.post({ type: 'row-refreshed', no, outcome: { kind: 'ok', row: row(me, 100) } })
    peer.take('log')
    peer.monoMs += 1_400 // 2 900 ms after that send, 3 900 after the create
    expect(peer.view().role).toBe('manager')
  })

  test('an answer later than 2 s renews nothing', () => {
    const peer = ScriptedPeer.manager()
    peer.advance(1_000)
    const { no } = peer.takeOne('refresh-row')
    peer.advance(2_001)
    peer.post({ type: 'row-refreshed', no, outcome: { kind: 'ok', row: row(me, 100) } })
    expect(peer.view().role).toBe('headless')
  })

  test('headless and unanswered for 10 s it reads in place of refreshing, so that a row nobody holds is swept', () => {
    const peer = ScriptedPeer.manager()
    peer.advance(12_500)
    peer.take('log')
    peer.advance(2_000)
    expect(peer.kinds()).toContain('read-row')
    expect(peer.kinds()).not.toContain('refresh-row')
    peer.answerRead({ kind: 'row', row: row(me, 100, { instance: 'mine' }) })
    expect(peer.view().role).toBe('headless') // reading our name renews nothing
    answer(peer, { kind: 'ok', row: row(me, 100, { instance: 'mine' }) })
    expect(peer.view().role).toBe('manager')
  })

  test('a wall clock that jumped by more than a second voids the lease', () => {
    const peer = ScriptedPeer.manager()
    peer.wallAheadMs += 1_001
    expect(peer.view().role).toBe('headless')
  })
})

describe('a Manager and the watch', () => {
  for (const change of ['rotated', 'created'] as const) {
    test(`${change} to another above our revision: step down at once`, () => {
      const peer = ScriptedPeer.manager()
      peer.post({ type: 'watch-changed', change, row: row('peer-x', 200) })
      expect(peer.view()).toMatchObject({ role: 'unsettled', managerPeerId: 'peer-x' })
    })
  }

  test('old news about another changes nothing', () => {
    const peer = ScriptedPeer.manager()
    peer.post({ type: 'watch-changed', change: 'rotated', row: row('peer-x', 99) })
    expect(peer.view()).toMatchObject({ role: 'manager', managerPeerId: me })
  })

  test('ours above our revision: asked for under the new one', () => {
    const peer = ScriptedPeer.manager()
    peer.advance(pauseMs)
    peer.post({ type: 'watch-snapshot', row: row(me, 200, { instance: 'mine' }) })
    expect(peer.takeOne('refresh-row').revision).toBe(200)
  })

  for (const change of ['swept', 'deleted'] as const) {
    test(`${change}: liveness at once`, () => {
      const peer = ScriptedPeer.manager()
      peer.advance(pauseMs)
      peer.post({ type: 'watch-changed', change, row: row(me, 100) })
      expect(peer.take('refresh-row')).toHaveLength(1)
    })
  }
})

describe('a Manager and its members', () => {
  /** Time passes while Discovery answers and these peers beat. */
  function live(peer: ScriptedPeer, ms: number, beating: readonly string[] = []): void {
    for (let elapsed = 0; elapsed < ms; elapsed += 250) {
      peer.advance(250)
      for (const other of beating) peer.heartbeat(other)
      const effects = [...pending(peer)]
      for (const no of effects) peer.post({ type: 'row-refreshed', no, outcome: { kind: 'ok', row: row(me, 100) } })
    }
  }
  const asked = new WeakMap<ScriptedPeer, number>()
  function* pending(peer: ScriptedPeer): Generator<number> {
    const ask = peer.state.role.kind === 'managing' ? peer.state.role.ask : undefined
    if (ask !== undefined && asked.get(peer) !== ask.no) {
      asked.set(peer, ask.no)
      yield ask.no
    }
  }
  function turnLoop(peer: ScriptedPeer): void {
    const no = peer.state.verdict?.no
    if (no !== undefined) peer.post({ type: 'loop-turned', no })
  }

  test('evicts one that is silent for longer than the loss timeout and that nobody sees, and tells the others', () => {
    const peer = ScriptedPeer.manager(['peer-b', 'peer-c', 'peer-d'])
    live(peer, 2_500, ['peer-c', 'peer-d'])
    peer.take('push')
    turnLoop(peer)
    const { no, to } = peer.takeOne('ask-witnesses')
    expect([...to].sort()).toEqual(['peer-c', 'peer-d'])
    for (const witness of to) peer.post({ type: 'witness-answered', no, peer: witness, seen: false })
    expect(peer.view().membership.peers.map((member) => member.peerId)).toEqual([me, 'peer-c', 'peer-d'])
    expect(peer.take('push').at(-1)?.to).toEqual(['peer-c', 'peer-d'])
  })

  test('before the verdict the event loop turns once: what was buffered saves a peer', () => {
    const peer = ScriptedPeer.manager(['peer-b', 'peer-c', 'peer-d'])
    live(peer, 2_500, ['peer-c', 'peer-d'])
    peer.heartbeat('peer-b')
    turnLoop(peer)
    expect(peer.view().membership.peers).toHaveLength(4)
  })

  test('time in which this machine could not listen is not a peer’s silence', () => {
    const peer = ScriptedPeer.manager(['peer-b', 'peer-c'])
    peer.heartbeat('peer-b')
    peer.heartbeat('peer-c')
    peer.monoMs += 1_700
    peer.post({ type: 'loop-lagged', ms: 1_700 })
    peer.post({ type: 'woken' })
    expect(peer.state.verdict).toBeUndefined()
  })

  test('a suspend makes nobody silent', () => {
    const peer = ScriptedPeer.manager(['peer-b', 'peer-c'], { localHealthGuard: false })
    peer.monoMs += 60_000
    peer.post({ type: 'clock-jumped' })
    peer.post({ type: 'woken' })
    expect(peer.state.verdict).toBeUndefined()
  })

  test('a headless Manager evicts nobody', () => {
    const peer = ScriptedPeer.manager(['peer-b', 'peer-c'])
    peer.advance(6_000)
    turnLoop(peer)
    expect(peer.view().role).toBe('headless')
    expect(peer.view().membership.peers).toHaveLength(3)
  })

  test('losing all at once, two of them no observers, gives the row up and does not claim it back', () => {
    const peer = ScriptedPeer.manager(['peer-b', 'peer-c'])
    live(peer, 2_500)
    turnLoop(peer)
    expect(peer.view()).toMatchObject({ role: 'unsettled', managerPeerId: undefined })
    const { no, revision } = peer.takeOne('delete-row')
    expect(revision).toBe(100)
    peer.post({ type: 'row-deleted', no, outcome: { kind: 'trouble', reason: 'lost' } })
    peer.advance(3_000)
    peer.answerRead({ kind: 'row', row: row(me, 100, { instance: 'mine' }) })
    expect(peer.kinds()).toContain('delete-row')
    expect(peer.kinds()).not.toContain('rotate-row')
  })

  test('having given the row up it comes back alone after the grace, when nobody took it', () => {
    const peer = ScriptedPeer.manager(['peer-b', 'peer-c'])
    live(peer, 2_500)
    turnLoop(peer)
    peer.post({ type: 'row-deleted', no: peer.takeOne('delete-row').no, outcome: { kind: 'done' } })
    for (let elapsed = 0; elapsed < 4_000; elapsed += 500) {
      peer.advance(500)
      for (const effect of peer.take('read-row'))
        peer.post({ type: 'row-read', no: effect.no, outcome: { kind: 'absent' }, versioned: true })
    }
    expect(peer.state.role).toMatchObject({ kind: 'following', commit: undefined })
    for (let elapsed = 0; elapsed < 4_000; elapsed += 500) {
      peer.advance(500)
      for (const no of readsOf(peer)) peer.post({ type: 'row-read', no, outcome: { kind: 'absent' }, versioned: true })
      if (peer.state.role.kind === 'following' && peer.state.role.commit !== undefined) break
    }
    const { no } = peer.takeOne('create-row')
    peer.post({ type: 'row-created', no, outcome: { kind: 'created', row: row(me, 900, { instance: 'mine' }) } })
    expect(peer.view()).toMatchObject({ role: 'manager' })
    expect(peer.view().membership.peers.map((member) => member.peerId)).toEqual([me])
  })

  function readsOf(peer: ScriptedPeer): number[] {
    return peer.state.role.kind === 'following' && peer.state.role.read !== undefined ? [peer.state.role.read.no] : []
  }

  test('losing its one member, or two observers, is an ordinary eviction', () => {
    const one = ScriptedPeer.manager(['peer-b'])
    live(one, 2_500)
    turnLoop(one)
    expect(one.view()).toMatchObject({ role: 'manager' })
    expect(one.view().membership.peers).toHaveLength(1)

    const viewers = ScriptedPeer.manager([])
    for (const [index, viewer] of ['peer-v', 'peer-w'].entries()) viewers.request(viewer, index, { observer: true })
    live(viewers, 2_500)
    turnLoop(viewers)
    expect(viewers.view()).toMatchObject({ role: 'manager' })
  })

  test('a document of another author with a higher epoch asks Discovery, at most once a second', () => {
    const peer = ScriptedPeer.manager(['peer-b'])
    peer.advance(pauseMs)
    peer.receive('peer-b', documentOf(['peer-b', me], 200))
    expect(peer.take('refresh-row')).toHaveLength(1)
    peer.receive('peer-b', documentOf(['peer-b', me], 201))
    expect(peer.take('refresh-row')).toHaveLength(0)
    expect(peer.view().membership.order?.epoch).toBe(100)
  })
})
