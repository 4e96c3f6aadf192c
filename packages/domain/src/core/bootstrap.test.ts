import { describe, expect, test } from 'vitest'
import { clusterName, documentOf, me, row, ScriptedPeer } from '../testing/scripted.ts'
import type { Target } from './state.ts'

const create: Target = { kind: 'create', name: clusterName }
const join: Target = { kind: 'join', name: clusterName }
const joinOrCreate: Target = { kind: 'joinOrCreate', name: clusterName }
const mostRecent: Target = { kind: 'mostRecentOrCreate', fallbackName: 'attic' }

function start(target: Target, self: { observer?: boolean } = {}): ScriptedPeer {
  const peer = new ScriptedPeer(target, {}, self)
  peer.post({ type: 'started' })
  return peer
}

function created(peer: ScriptedPeer): void {
  const { no, name } = peer.takeOne('create-row')
  peer.post({ type: 'row-created', no, outcome: { kind: 'created', row: row(me, 100, { name, instance: 'mine' }) } })
}

function exists(peer: ScriptedPeer, manager: string, name = clusterName): void {
  peer.post({ type: 'row-created', no: peer.takeOne('create-row').no, outcome: { kind: 'exists', row: row(manager, 90, { name }) } })
}

function accepted(peer: ScriptedPeer, document = documentOf(['peer-m', me], 100)): void {
  peer.post({ type: 'connected', peer: 'peer-m' })
  const { no } = peer.takeOne('request-join')
  peer.post({ type: 'join-answered', no, outcome: { kind: 'accept', document } })
}

const failure = (peer: ScriptedPeer) => peer.takeOne('bootstrap-failed').failure

describe('the four targets', () => {
  test('create asks for nothing first; a row of another is “already exists”, and so is one that names us', () => {
    const peer = start(create)
    expect(peer.kinds()).toEqual(['create-row'])
    created(peer)
    expect(peer.view()).toMatchObject({ role: 'manager', membership: { order: { epoch: 100, version: 1 }, peers: [{ peerId: me }] } })
    for (const manager of ['peer-m', me]) {
      const late = start(create)
      exists(late, manager)
      expect(failure(late)).toEqual({ code: 'already-exists' })
    }
  })

  test('join joins what is there', () => {
    const peer = start(join)
    peer.answerRead({ kind: 'row', row: row('peer-m', 100, { relayMultiaddrs: ['/ip4/9.9.9.9/tcp/9'] }) })
    expect(peer.take('set-allowed').at(-1)?.members).toEqual([
      { peerId: 'peer-m', multiaddrs: row('peer-m', 100).multiaddrs, manager: true }
    ])
    accepted(peer)
    expect(peer.view()).toMatchObject({ role: 'follower', managerPeerId: 'peer-m', relayMultiaddrs: ['/ip4/9.9.9.9/tcp/9'] })
    expect(peer.kinds()).toContain('joined')
  })

  test('join of nothing is “not found”', () => {
    const peer = start(join)
    peer.answerRead({ kind: 'absent' })
    expect(failure(peer)).toEqual({ code: 'not-found' })
  })

  test('joinOrCreate creates, and joins where it lost the race', () => {
    const first = start(joinOrCreate)
    first.answerRead({ kind: 'absent' })
    created(first)
    expect(first.view().role).toBe('manager')

    const second = start(joinOrCreate)
    second.answerRead({ kind: 'absent' })
    exists(second, 'peer-m')
    accepted(second)
    expect(second.view().role).toBe('follower')
  })

  test('mostRecentOrCreate joins the newest of all, or creates its fallback and joins where it lost the race', () => {
    const newest = start(mostRecent)
    newest.answerRead({ kind: 'row', row: row('peer-m', 100) })
    expect(newest.view().clusterName).toBe(clusterName)
    accepted(newest)
    expect(newest.view().role).toBe('follower')

    const alone = start(mostRecent)
    alone.answerRead({ kind: 'absent' })
    created(alone)
    expect(alone.view()).toMatchObject({ role: 'manager', clusterName: 'attic' })

    const raced = start(mostRecent)
    raced.answerRead({ kind: 'absent' })
    exists(raced, 'peer-m', 'attic')
    accepted(raced, { ...documentOf(['peer-m', me], 100), clusterName: 'attic' })
    expect(raced.view().clusterName).toBe('attic')
  })

  test('Discovery trouble at the very start is told at once', () => {
    const peer = start(joinOrCreate)
    peer.answerRead({ kind: 'trouble', reason: 'refused' })
    expect(failure(peer)).toEqual({ code: 'discovery', question: 'read', reason: 'refused' })
  })

  test('a create that was committed although its answer got lost is found and claimed', () => {
    for (const target of [create, joinOrCreate]) {
      const peer = start(target)
      if (target === joinOrCreate) peer.answerRead({ kind: 'absent' })
      peer.post({ type: 'row-created', no: peer.takeOne('create-row').no, outcome: { kind: 'trouble', reason: 'timeout' } })
      peer.advance(250)
      peer.answerRead({ kind: 'row', row: row(me, 100, { instance: 'mine' }) })
      peer.post({
        type: 'row-rotated',
        no: peer.takeOne('rotate-row').no,
        outcome: { kind: 'ok', row: row(me, 101, { instance: 'mine' }) }
      })
      expect(peer.view()).toMatchObject({ role: 'manager', membership: { order: { epoch: 101 } } })
    }
  })
})

describe('asking to be let in', () => {
  function asked(target = joinOrCreate): { peer: ScriptedPeer; no: number } {
    const peer = start(target)
    peer.answerRead({ kind: 'row', row: row('peer-m', 100) })
    peer.post({ type: 'connected', peer: 'peer-m' })
    return { peer, no: peer.takeOne('request-join').no }
  }

  test.each([
    ['another cluster', { ...documentOf(['peer-m', me], 100), clusterName: 'attic' }],
    ['a document without us', documentOf(['peer-m'], 100)]
  ])('an Accept with %s is an invalid membership', (_name, document) => {
    const { peer, no } = asked()
    peer.post({ type: 'join-answered', no, outcome: { kind: 'accept', document } })
    expect(failure(peer).code).toBe('invalid-membership')
  })

  test('an Accept that is no document is an invalid membership', () => {
    const { peer, no } = asked()
    peer.post({ type: 'join-answered', no, outcome: { kind: 'invalid', reason: 'it is not JSON' } })
    expect(failure(peer).code).toBe('invalid-membership')
  })

  test('an Accept of an older reign than the row’s is stale: start over', () => {
    const { peer, no } = asked()
    peer.post({ type: 'join-answered', no, outcome: { kind: 'accept', document: documentOf(['peer-m', me], 99) } })
    expect(peer.view().role).toBeUndefined()
    peer.take('log')
    peer.advance(400)
    expect(peer.kinds()).toContain('read-row')
  })

  test('“not the manager” is asked again with growing pauses, a gate’s refusal ends it at once', () => {
    const refused = asked()
    refused.peer.post({ type: 'join-answered', no: refused.no, outcome: { kind: 'refused', why: 'refused', reason: 'strangers stay out' } })
    expect(failure(refused.peer)).toEqual({ code: 'rejected', reason: 'strangers stay out' })

    const { peer, no } = asked()
    let asks = 1
    peer.post({ type: 'join-answered', no, outcome: { kind: 'refused', why: 'not-manager', reason: 'not the manager' } })
    for (let elapsed = 0; elapsed < 31_000 && peer.state.role.kind === 'starting'; elapsed += 10) {
      peer.advance(10)
      answerAll(peer)
    }
    expect(asks).toBeGreaterThan(10)
    expect(asks).toBeLessThan(30)
    expect(peer.state.role.kind).toBe('ended')

    function answerAll(joining: ScriptedPeer): void {
      const { role } = joining.state
      if (role.kind !== 'starting') return
      if (role.step.kind === 'reading')
        joining.post({ type: 'row-read', no: role.step.ask.no, outcome: { kind: 'row', row: row('peer-m', 100) }, versioned: true })
      const { role: next } = joining.state
      if (next.kind === 'starting' && next.step.kind === 'joining' && next.step.attempt.phase.kind === 'asking') {
        asks++
        joining.post({
          type: 'join-answered',
          no: next.step.attempt.phase.no,
          outcome: { kind: 'refused', why: 'not-manager', reason: 'not the manager' }
        })
      }
    }
  })

  test('a row that changes ends the pause and the attempt', () => {
    const { peer, no } = asked()
    peer.post({ type: 'watch-changed', change: 'rotated', row: row('peer-x', 200) })
    expect(peer.take('abandon').map((effect) => effect.no)).toEqual([no])
    peer.post({ type: 'connected', peer: 'peer-x' })
    expect(peer.takeOne('request-join').peer).toBe('peer-x')
  })

  test('a dead Manager is waited out: its row goes, a newcomer leaves the name to the members for a while', () => {
    const peer = start(joinOrCreate)
    peer.answerRead({ kind: 'row', row: row('peer-m', 100, { peerCount: 3 }) })
    peer.post({ type: 'watch-up' })
    peer.post({ type: 'watch-changed', change: 'swept', row: row('peer-m', 100, { peerCount: 3 }) })
    const goneAt = peer.monoMs
    while (!peer.kinds().includes('create-row')) {
      peer.advance(50)
      for (const read of peer.kinds().includes('read-row') ? peer.take('read-row') : [])
        peer.post({ type: 'row-read', no: read.no, outcome: { kind: 'absent' }, versioned: true })
    }
    expect(peer.monoMs - goneAt).toBeGreaterThanOrEqual(8_000)
  })

  test('the row that went tells that others were in, though it said “alone” when it was read', () => {
    const peer = start(joinOrCreate)
    peer.answerRead({ kind: 'row', row: row('peer-m', 100, { peerCount: 1 }) })
    peer.post({ type: 'watch-changed', change: 'swept', row: row('peer-m', 100, { peerCount: 2 }) })
    expect(peer.take('create-row')).toEqual([])
  })

  test('what the watch shows while a read is out beats the answer that was asked for before', () => {
    const peer = start(joinOrCreate)
    peer.answerRead({ kind: 'row', row: row('peer-m', 100, { peerCount: 3 }) })
    peer.post({ type: 'watch-changed', change: 'swept', row: row('peer-m', 100, { peerCount: 3 }) })
    peer.advance(400)
    const { no } = peer.take('read-row').at(-1)!
    peer.advance(1)
    peer.post({ type: 'watch-changed', change: 'created', row: row('peer-x', 200) })
    peer.post({ type: 'row-read', no, outcome: { kind: 'absent' }, versioned: true })
    expect(peer.kinds()).toContain('dial')
    expect(peer.kinds()).not.toContain('create-row')
  })

  test('a row that stood in between makes the members’ time begin anew', () => {
    const peer = start(joinOrCreate)
    peer.answerRead({ kind: 'row', row: row('peer-m', 100, { peerCount: 3 }) })
    peer.post({ type: 'watch-changed', change: 'swept', row: row('peer-m', 100, { peerCount: 3 }) })
    while (!peer.kinds().includes('create-row')) {
      peer.advance(50)
      for (const read of peer.kinds().includes('read-row') ? peer.take('read-row') : [])
        peer.post({ type: 'row-read', no: read.no, outcome: { kind: 'absent' }, versioned: true })
    }
    const { no } = peer.takeOne('create-row')
    peer.post({ type: 'watch-changed', change: 'created', row: row('peer-x', 200, { peerCount: 3 }) })
    peer.post({ type: 'row-created', no, outcome: { kind: 'trouble', reason: 'timeout' } })
    peer.advance(250)
    peer.answerRead({ kind: 'absent' })
    expect(peer.kinds()).not.toContain('create-row')
  })

  test('a row seen while a create is out is the row seen last, and the one that a failure names', () => {
    const peer = start(joinOrCreate)
    peer.answerRead({ kind: 'row', row: row('peer-m', 100, { peerCount: 1 }) })
    peer.post({ type: 'watch-changed', change: 'swept', row: row('peer-m', 100) })
    const { no } = peer.takeOne('create-row')
    peer.post({ type: 'watch-changed', change: 'created', row: row('peer-x', 200) })
    peer.post({ type: 'row-created', no, outcome: { kind: 'trouble', reason: 'timeout' } })
    expect(peer.state.role).toMatchObject({ row: { manager: 'peer-x', revision: 200 } })
  })

  test('no create leaves beyond the deadline, which a halt of the process may have passed', () => {
    const peer = start(joinOrCreate)
    peer.answerRead({ kind: 'row', row: row('peer-m', 100, { peerCount: 1 }) })
    peer.monoMs += 31_000
    peer.post({ type: 'watch-changed', change: 'swept', row: row('peer-m', 100) })
    expect(peer.kinds()).not.toContain('create-row')
    expect(failure(peer).code).toBe('not-found')
  })

  test('a Manager that was alone leaves nobody to wait for', () => {
    const peer = start(joinOrCreate)
    peer.answerRead({ kind: 'row', row: row('peer-m', 100, { peerCount: 1 }) })
    peer.post({ type: 'watch-changed', change: 'swept', row: row('peer-m', 100) })
    expect(peer.take('create-row')).toHaveLength(1)
  })

  test('the deadline over: no answer from the Manager while its row stands, “not found” if none does', () => {
    const standing = start(join)
    standing.answerRead({ kind: 'row', row: row('peer-m', 100) })
    standing.post({ type: 'watch-up' })
    for (let elapsed = 0; elapsed < 31_000; elapsed += 500) {
      standing.advance(500)
      const { role } = standing.state
      if (role.kind === 'starting' && role.step.kind === 'reading')
        standing.post({ type: 'row-read', no: role.step.ask.no, outcome: { kind: 'row', row: row('peer-m', 100) }, versioned: true })
    }
    expect(failure(standing)).toMatchObject({ code: 'send-join', timedOut: true })

    const gone = start(join)
    gone.answerRead({ kind: 'row', row: row('peer-m', 100) })
    for (let elapsed = 0; elapsed < 31_000; elapsed += 500) {
      gone.advance(500)
      const { role } = gone.state
      const read =
        role.kind !== 'starting'
          ? undefined
          : role.step.kind === 'reading'
            ? role.step.ask
            : role.step.kind === 'joining'
              ? role.step.read
              : undefined
      if (read !== undefined) gone.post({ type: 'row-read', no: read.no, outcome: { kind: 'absent' }, versioned: true })
    }
    expect(failure(gone)).toEqual({ code: 'not-found' })
  })
})

describe('a row that names us from an earlier life', () => {
  test('alone in it: claimed, with a fresh document', () => {
    const peer = start(join)
    peer.answerRead({ kind: 'row', row: row(me, 100, { instance: 'earlier' }) })
    peer.post({ type: 'row-rotated', no: peer.takeOne('rotate-row').no, outcome: { kind: 'ok', row: row(me, 101, { instance: 'mine' }) } })
    expect(peer.view()).toMatchObject({ role: 'manager', membership: { order: { epoch: 101, version: 1 }, peers: [{ peerId: me }] } })
  })

  test('with others in it: treated as a dead Manager', () => {
    const peer = start(joinOrCreate)
    peer.answerRead({ kind: 'row', row: row(me, 100, { peerCount: 2, instance: 'earlier' }) })
    expect(peer.kinds()).not.toContain('rotate-row')
    expect(peer.state.role).toMatchObject({ kind: 'starting', step: { kind: 'pausing' } })
  })
})

describe('an observer', () => {
  test('only joins, whatever its target', () => {
    const absent = start(joinOrCreate, { observer: true })
    absent.answerRead({ kind: 'absent' })
    expect(failure(absent)).toEqual({ code: 'not-found' })
    const own = start(joinOrCreate, { observer: true })
    own.answerRead({ kind: 'row', row: row(me, 100) })
    expect(own.kinds()).not.toContain('rotate-row')
  })
})
