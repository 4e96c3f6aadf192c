import { describe, expect, test } from 'vitest'
import { documentOf, me, row, ScriptedPeer } from '../testing/scripted.ts'

/** The Manager falls silent and the row is asked for. */
function loseManager(peer: ScriptedPeer): void {
  peer.advance(2_300)
  peer.post({ type: 'loop-turned', no: peer.state.verdict!.no })
}

function role(peer: ScriptedPeer) {
  if (peer.state.role.kind !== 'following') throw new Error(`it is ${peer.state.role.kind}`)
  return peer.state.role
}

describe('a follower and the row it reads', () => {
  test('trouble: it keeps its view, elects nobody and looks again', () => {
    const peer = ScriptedPeer.follower()
    loseManager(peer)
    peer.answerRead({ kind: 'trouble', reason: 'refused' })
    expect(peer.view()).toMatchObject({ role: 'unsettled', managerPeerId: 'peer-m' })
    peer.take('log')
    peer.advance(2_500)
    expect(peer.kinds()).toContain('read-row')
    expect(peer.kinds()).not.toContain('create-row')
  })

  test('names the Manager we have and hear: settled', () => {
    const peer = ScriptedPeer.follower()
    loseManager(peer)
    peer.heartbeat('peer-m')
    peer.answerRead({ kind: 'row', row: row('peer-m', 100) })
    expect(peer.view().role).toBe('follower')
  })

  test('names the Manager we have, silent: rejoined at the row’s addresses; its heartbeat settles', () => {
    const peer = ScriptedPeer.follower()
    loseManager(peer)
    peer.answerRead({ kind: 'row', row: row('peer-m', 100, { multiaddrs: ['/ip4/10.9.9.9/tcp/1'] }) })
    const manager = peer
      .take('set-allowed')
      .at(-1)
      ?.members.find((member) => member.peerId === 'peer-m')
    expect(manager?.multiaddrs).toContain('/ip4/10.9.9.9/tcp/1')
    expect(role(peer).rejoin?.attempt?.phase.kind).toBe('asking') // it is still connected
    peer.heartbeat('peer-m')
    expect(peer.view().role).toBe('follower')
  })

  test('names the Manager we hear under a newer reign: one turn for its document, then rejoin', () => {
    const peer = ScriptedPeer.follower()
    peer.heartbeat('peer-m')
    peer.post({ type: 'watch-changed', change: 'rotated', row: row('peer-m', 200) })
    expect(peer.view().role).toBe('unsettled')
    expect(role(peer).rejoin).toBeUndefined()
    for (let elapsed = 0; elapsed < 2_100; elapsed += 300) {
      peer.heartbeat('peer-m')
      peer.advance(300)
    }
    peer.heartbeat('peer-m')
    peer.answerRead({ kind: 'row', row: row('peer-m', 200) })
    expect(role(peer).rejoin?.peer).toBe('peer-m')
    expect(peer.view().role).toBe('unsettled')
    const document = documentOf(['peer-m', me], 200)
    peer.receive('peer-m', document)
    expect(peer.view()).toMatchObject({ role: 'follower', membership: document })
  })

  test('names another: followed at once, settled by its Accept', () => {
    const peer = ScriptedPeer.follower(['peer-m', 'peer-x', me])
    loseManager(peer)
    peer.answerRead({ kind: 'row', row: row('peer-x', 200) })
    expect(peer.view()).toMatchObject({ role: 'unsettled', managerPeerId: 'peer-x' })
    peer.post({ type: 'connected', peer: 'peer-x' })
    const { no } = peer.takeOne('request-join')
    const document = documentOf(['peer-x', me], 200)
    peer.post({ type: 'join-answered', no, outcome: { kind: 'accept', document } })
    expect(peer.view()).toMatchObject({ role: 'follower', managerPeerId: 'peer-x', membership: document })
  })

  test('names us: claimed at once under the row’s revision, promoted only by the answer', () => {
    const peer = ScriptedPeer.follower()
    loseManager(peer)
    peer.answerRead({ kind: 'row', row: row(me, 300) })
    const { no, revision } = peer.takeOne('rotate-row')
    expect(revision).toBe(300)
    expect(peer.view().isManager).toBe(false)
    peer.post({ type: 'row-rotated', no, outcome: { kind: 'ok', row: row(me, 301, { instance: 'mine' }) } })
    expect(peer.view()).toMatchObject({ role: 'manager', membership: { order: { epoch: 301, version: 1 } } })
  })

  test('a claim that meets 412 decides on the row in the answer, 404 elects, trouble looks again', () => {
    const outcomes = {
      conflict: { kind: 'conflict' as const, row: row('peer-x', 400) },
      absent: { kind: 'absent' as const },
      trouble: { kind: 'trouble' as const, reason: 'timeout' }
    }
    const seen = Object.entries(outcomes).map(([name, outcome]) => {
      const peer = ScriptedPeer.follower()
      loseManager(peer)
      peer.answerRead({ kind: 'row', row: row(me, 300) })
      peer.post({ type: 'row-rotated', no: peer.takeOne('rotate-row').no, outcome })
      return [name, role(peer).slot, role(peer).stance.kind]
    })
    expect(seen).toEqual([
      ['conflict', 'peer-x', 'looking'],
      ['absent', 'peer-m', 'electing'],
      ['trouble', 'peer-m', 'looking']
    ])
  })

  test('absent while the Manager is still heard: one turn for it to come back, then elect', () => {
    const peer = ScriptedPeer.follower()
    peer.heartbeat('peer-m')
    peer.post({ type: 'watch-changed', change: 'swept', row: row('peer-m', 100) })
    expect(role(peer).stance.kind).toBe('waiting')
    peer.advance(2_100)
    peer.heartbeat('peer-m')
    peer.answerRead({ kind: 'absent' })
    expect(role(peer).stance.kind).toBe('electing')
  })

  test('absent and the Manager’s connection closed: elected at once, however fresh its last heartbeat', () => {
    const peer = ScriptedPeer.follower()
    peer.heartbeat('peer-m')
    peer.post({ type: 'disconnected', peer: 'peer-m' })
    peer.post({ type: 'watch-changed', change: 'swept', row: row('peer-m', 100) })
    peer.advance(100)
    expect(peer.take('create-row')).toHaveLength(1)
  })

  test('absent: elected after the settle time; the first in line creates and is promoted by 201 only', () => {
    const peer = ScriptedPeer.follower(['peer-m', me, 'peer-z'])
    loseManager(peer)
    peer.answerRead({ kind: 'absent' })
    peer.advance(100)
    const { no } = peer.takeOne('create-row')
    expect(peer.view().isManager).toBe(false)
    peer.post({ type: 'row-created', no, outcome: { kind: 'created', row: row(me, 500, { instance: 'mine' }) } })
    expect(peer.view().role).toBe('manager')
    // Its silence does not say that it is dead: it stays until it has been silent for a loss timeout.
    expect(peer.view().membership.peers.map(({ peerId, indirect }) => [peerId, indirect])).toEqual([
      ['peer-m', true],
      [me, undefined],
      ['peer-z', undefined]
    ])
    expect(peer.kinds()).toEqual(expect.arrayContaining(['domain-clock', 'set-allowed', 'set-targets']))
  })

  test('a Manager that only lost Discovery is still heard, and keeps its place', () => {
    const peer = ScriptedPeer.follower(['peer-m', me])
    peer.heartbeat('peer-m')
    peer.post({ type: 'watch-changed', change: 'swept', row: row('peer-m', 100) })
    peer.advance(2_100)
    peer.heartbeat('peer-m')
    peer.answerRead({ kind: 'absent' })
    peer.heartbeat('peer-m')
    peer.advance(100)
    peer.heartbeat('peer-m')
    peer.post({ type: 'row-created', no: peer.takeOne('create-row').no, outcome: { kind: 'created', row: row(me, 500) } })
    expect(peer.view().membership.peers.map((member) => member.peerId)).toEqual(['peer-m', me])
  })

  test('absent, another first in line: it gets a draft, then we elect again without it', () => {
    const peer = ScriptedPeer.follower(['peer-m', 'peer-k', me])
    peer.post({ type: 'connected', peer: 'peer-k' })
    loseManager(peer)
    peer.answerRead({ kind: 'absent' })
    peer.advance(100)
    expect(role(peer)).toMatchObject({ slot: 'peer-k', stance: { kind: 'waiting' } })
    expect(peer.kinds()).not.toContain('create-row')
    peer.advance(2_000)
    peer.answerRead({ kind: 'absent' })
    peer.advance(100)
    expect(peer.take('create-row')).toHaveLength(1)
  })

  test('409 on our create: decide on the row in it', () => {
    const peer = ScriptedPeer.follower()
    loseManager(peer)
    peer.answerRead({ kind: 'absent' })
    peer.advance(100)
    peer.post({ type: 'row-created', no: peer.takeOne('create-row').no, outcome: { kind: 'exists', row: row('peer-x', 200) } })
    expect(role(peer).slot).toBe('peer-x')
  })

  test('an answer to a question that is not ours any more changes nothing', () => {
    const peer = ScriptedPeer.follower()
    const before = peer.state
    peer.post({ type: 'row-read', no: 999, outcome: { kind: 'row', row: row(me, 999) }, versioned: true })
    peer.post({ type: 'row-rotated', no: 999, outcome: { kind: 'ok', row: row(me, 999) } })
    peer.post({ type: 'row-created', no: 999, outcome: { kind: 'created', row: row(me, 999) } })
    expect(peer.state.role).toEqual(before.role)
  })

  test('a heartbeat does not settle one who has seen the row gone since', () => {
    const peer = ScriptedPeer.follower()
    loseManager(peer)
    peer.answerRead({ kind: 'row', row: row('peer-m', 100) })
    peer.post({ type: 'watch-changed', change: 'swept', row: row('peer-m', 100) })
    peer.heartbeat('peer-m')
    expect(peer.view().role).toBe('unsettled')
    expect(role(peer).rejoin).toBeUndefined()
  })

  test('an Accept of the reign before the one the watch has shown is stale', () => {
    const peer = ScriptedPeer.follower(['peer-m', 'peer-x', me])
    loseManager(peer)
    peer.answerRead({ kind: 'row', row: row('peer-x', 200) })
    peer.post({ type: 'connected', peer: 'peer-x' })
    const { no } = peer.takeOne('request-join')
    peer.state = { ...peer.state, floor: { epoch: 300, version: 0 } }
    peer.post({ type: 'join-answered', no, outcome: { kind: 'accept', document: documentOf(['peer-x', me], 200) } })
    expect(peer.view().membership.order?.epoch).toBe(100)
  })

  test('while a create is under way everything else waits for its answer', () => {
    const peer = ScriptedPeer.follower()
    loseManager(peer)
    peer.answerRead({ kind: 'absent' })
    peer.advance(100)
    peer.take('create-row')
    peer.post({ type: 'watch-changed', change: 'created', row: row('peer-x', 200) })
    expect(role(peer).slot).toBe('peer-m')
  })

  test('an observer neither creates nor claims', () => {
    const peer = ScriptedPeer.follower(['peer-m', me], {}, { observer: true })
    loseManager(peer)
    peer.answerRead({ kind: 'absent' })
    peer.advance(100)
    peer.answerRead({ kind: 'row', row: row(me, 300) })
    peer.advance(10_000)
    expect(peer.kinds()).not.toContain('create-row')
    expect(peer.kinds()).not.toContain('rotate-row')
  })
})

describe('a follower and the documents it is sent', () => {
  const pushed = documentOf(['peer-m', me, 'peer-n'], 100, 2)

  test('adopts its Manager’s newer document: allow-list and slot follow', () => {
    const peer = ScriptedPeer.follower()
    peer.receive('peer-m', pushed)
    expect(peer.view().membership).toEqual(pushed)
    expect(
      peer
        .take('set-allowed')
        .at(-1)
        ?.members.map((member) => member.peerId)
    ).toEqual(['peer-m', 'peer-n'])
  })

  test.each([
    ['another cluster', (peer: ScriptedPeer) => peer.receive('peer-m', { ...pushed, clusterName: 'attic' })],
    ['a sender that is not the author', (peer: ScriptedPeer) => peer.receive('peer-m', pushed, { peer: 'peer-n' })],
    ['an author it does not list', (peer: ScriptedPeer) => peer.receive('peer-m', documentOf([me], 100, 9))],
    ['the same version again', (peer: ScriptedPeer) => peer.receive('peer-m', documentOf(['peer-m', me, 'peer-q'], 100, 1))],
    ['an older epoch', (peer: ScriptedPeer) => peer.receive('peer-m', documentOf(['peer-m', me, 'peer-q'], 99, 9))]
  ])('ignores %s', (_name, receive) => {
    const peer = ScriptedPeer.follower()
    const before = peer.view().membership
    receive(peer)
    expect(peer.view().membership).toBe(before)
  })

  test('an author Discovery does not name yet is judged after a read, and adopted only if the row names it', () => {
    const named = ScriptedPeer.follower(['peer-m', 'peer-x', me])
    named.receive('peer-x', documentOf(['peer-x', me], 200))
    expect(named.view().managerPeerId).toBe('peer-m')
    named.answerRead({ kind: 'row', row: row('peer-x', 200) })
    expect(named.view()).toMatchObject({ role: 'follower', managerPeerId: 'peer-x' })

    const other = ScriptedPeer.follower(['peer-m', 'peer-x', me])
    other.receive('peer-x', documentOf(['peer-x', me], 200))
    other.answerRead({ kind: 'row', row: row('peer-m', 100) })
    expect(other.view()).toMatchObject({ role: 'follower', managerPeerId: 'peer-m' })

    const unanswered = ScriptedPeer.follower(['peer-m', 'peer-x', me])
    unanswered.receive('peer-x', documentOf(['peer-x', me], 200))
    unanswered.answerRead({ kind: 'trouble', reason: 'refused' })
    expect(unanswered.view().membership.order?.epoch).toBe(100)
  })

  test('a member cannot make us ask Discovery more than once a second', () => {
    const peer = ScriptedPeer.follower(['peer-m', 'peer-x', me])
    let reads = 0
    for (let count = 0; count < 50; count++) {
      peer.receive('peer-x', documentOf(['peer-x', me], 200 + count))
      for (const read of peer.take('read-row')) {
        reads++
        peer.post({ type: 'row-read', no: read.no, outcome: { kind: 'row', row: row('peer-m', 100) }, versioned: true })
      }
      peer.heartbeat('peer-m')
      peer.advance(20)
    }
    expect(reads).toBeLessThanOrEqual(2)
  })

  test('a hand-over hint of the Manager makes it read the row, of another not', () => {
    const hinted = ScriptedPeer.follower()
    hinted.receive('peer-m', documentOf(['peer-m', me], 100, 1), { handoverTo: me })
    expect(hinted.take('read-row')).toHaveLength(1)
    const other = ScriptedPeer.follower(['peer-m', 'peer-x', me])
    other.receive('peer-x', documentOf(['peer-x', me], 100, 1), { handoverTo: me })
    expect(other.take('read-row')).toHaveLength(0)
  })

  test('an unversioned document of the Manager the row names is adopted as it comes', () => {
    const peer = ScriptedPeer.follower()
    const reference = documentOf(['peer-m', me, 'peer-n'])
    peer.receive('peer-m', reference)
    expect(peer.view().membership).toEqual(reference)
  })

  test('one that does not list us makes us rejoin its author at once', () => {
    const peer = ScriptedPeer.follower()
    peer.receive('peer-m', documentOf(['peer-m'], 100, 2))
    expect(peer.take('request-join').map((effect) => effect.peer)).toEqual(['peer-m'])
    expect(peer.view().role).toBe('unsettled')
  })

  test('a directory that came back with its clock behind is believed by a read asked for after all we know', () => {
    const peer = ScriptedPeer.follower()
    peer.heartbeat('peer-m')
    peer.advance(10)
    peer.receive('peer-m', documentOf(['peer-m', me, 'peer-n'], 50, 1))
    expect(peer.view().membership.order).toEqual({ epoch: 100, version: 1 })
    peer.answerRead({ kind: 'row', row: row('peer-m', 50) })
    expect(peer.view().membership.order).toEqual({ epoch: 50, version: 1 })
    peer.receive('peer-m', documentOf(['peer-m', me, 'peer-n'], 50, 2))
    expect(peer.view().membership.order).toEqual({ epoch: 50, version: 2 })
  })

  test('a late answer from before what we know resets nothing', () => {
    const peer = ScriptedPeer.follower(['peer-m', 'peer-x', me])
    loseManager(peer)
    const { no } = peer.takeOne('read-row')
    peer.post({ type: 'watch-changed', change: 'rotated', row: row('peer-x', 200) })
    peer.post({ type: 'row-read', no, outcome: { kind: 'row', row: row('peer-m', 100) }, versioned: true })
    expect(role(peer)).toMatchObject({ slot: 'peer-x' })
    peer.receive('peer-m', documentOf(['peer-m', me], 150))
    expect(peer.view().managerPeerId).toBe('peer-x')
  })

  test('an Accept overtaken by a newer document of its Manager does not bring the older one back', () => {
    const peer = ScriptedPeer.follower(['peer-m', 'peer-x', me])
    loseManager(peer)
    peer.answerRead({ kind: 'row', row: row('peer-x', 200) })
    peer.post({ type: 'connected', peer: 'peer-x' })
    const { no } = peer.takeOne('request-join')
    peer.advance(5)
    peer.receive('peer-x', documentOf(['peer-x', me, 'peer-n'], 200, 6))
    peer.post({
      type: 'join-answered',
      no,
      outcome: { kind: 'accept', document: documentOf(['peer-x', me], 200, 5) }
    })
    expect(peer.view().membership.order).toEqual({ epoch: 200, version: 6 })
    expect(peer.view().role).toBe('follower')
  })

  test('an Accept older than the row that named its Manager is refused and asked for again', () => {
    const peer = ScriptedPeer.follower(['peer-m', 'peer-x', me])
    loseManager(peer)
    peer.answerRead({ kind: 'row', row: row('peer-x', 200) })
    peer.post({ type: 'connected', peer: 'peer-x' })
    const { no } = peer.takeOne('request-join')
    peer.post({ type: 'join-answered', no, outcome: { kind: 'accept', document: documentOf(['peer-x', me], 150) } })
    expect(peer.view()).toMatchObject({ role: 'unsettled', membership: { order: { epoch: 100 } } })
    peer.advance(700)
    expect(peer.take('request-join')).toHaveLength(1)
  })

  test('after a gate’s refusal it asks again in a minute, after any other soon', () => {
    const attempts = (['refused', 'not-manager', 'transient'] as const).map((why) => {
      const peer = ScriptedPeer.follower(['peer-m', 'peer-x', me])
      loseManager(peer)
      peer.answerRead({ kind: 'row', row: row('peer-x', 200) })
      peer.post({ type: 'connected', peer: 'peer-x' })
      peer.post({ type: 'join-answered', no: peer.takeOne('request-join').no, outcome: { kind: 'refused', why, reason: 'no' } })
      return Math.round((peer.state.timers.rejoin! - peer.monoMs) / 1_000)
    })
    expect(attempts[0]).toBe(60)
    for (const seconds of attempts.slice(1)) expect(seconds).toBeLessThanOrEqual(1)
  })
})

test('an unversioned word of the Manager that the newest row no longer names is not taken without a look at the row', () => {
  const peer = ScriptedPeer.follower(['peer-m', 'peer-x', me])
  peer.state = { ...peer.state, newest: { revision: 200, row: row(me, 200), seenAt: peer.monoMs } }
  const before = peer.view().membership
  peer.receive('peer-m', documentOf(['peer-m', me, 'peer-n']))
  expect(peer.view().membership).toBe(before)
  expect(peer.kinds()).toContain('read-row')
})
