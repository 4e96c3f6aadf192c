/** Two processes of one identity before the row. */
import { describe, expect, test } from 'vitest'
import { me, row, ScriptedPeer } from '../testing/scripted.ts'

/** A claim keeps its distance from the write before. */
const pauseMs = 250

const ours = (revision: number) => row(me, revision, { instance: 'mine' })
const theirs = (revision: number, instance = 'other') => row(me, revision, { instance })

function answer(peer: ScriptedPeer, outcome: Parameters<typeof post>[2]): void {
  post(peer, 'refresh-row', outcome)
}

type Outcome = Extract<Parameters<ScriptedPeer['post']>[0], { type: 'row-refreshed' }>['outcome']

function post(peer: ScriptedPeer, what: 'refresh-row' | 'rotate-row', outcome: Outcome): void {
  if (what === 'rotate-row') peer.advance(pauseMs)
  const { no } = peer.takeOne(what)
  peer.post({ type: what === 'refresh-row' ? 'row-refreshed' : 'row-rotated', no, outcome })
}

/** The row goes to the rival, and is ours again by a committed claim. */
function round(peer: ScriptedPeer, revision: number, instance = 'other'): void {
  peer.advance(2_500)
  peer.post({ type: 'watch-changed', change: 'rotated', row: theirs(revision, instance) })
  const { no } = peer.take('refresh-row').at(-1)!
  peer.post({ type: 'row-refreshed', no, outcome: { kind: 'conflict', row: theirs(revision, instance) } })
  if (peer.state.role.kind === 'ended') return
  post(peer, 'rotate-row', { kind: 'ok', row: ours(revision + 1) })
}

/** Liveness checks in between are answered with what we hold. */
function keepFresh(peer: ScriptedPeer, ms: number, held: () => ReturnType<typeof row>): void {
  for (let passed = 0; passed < ms; passed += 100) {
    peer.advance(100)
    for (const { no } of peer.take('refresh-row')) peer.post({ type: 'row-refreshed', no, outcome: { kind: 'ok', row: held() } })
  }
}

describe('a Manager whose row names it in another process', () => {
  test('an answer: the lease is gone at once, the row is claimed back, and it is Manager again under a new epoch', () => {
    const peer = ScriptedPeer.manager(['peer-b'])
    peer.advance(1_000)
    answer(peer, { kind: 'conflict', row: theirs(200) })
    expect(peer.view()).toMatchObject({ role: 'headless', isManager: false, managerPeerId: me })
    peer.advance(pauseMs)
    const claim = peer.takeOne('rotate-row')
    expect(claim).toMatchObject({ revision: 200 })
    expect(claim.to).toBeUndefined()
    peer.post({ type: 'row-rotated', no: claim.no, outcome: { kind: 'ok', row: ours(201) } })
    expect(peer.view()).toMatchObject({ role: 'manager', membership: { order: { epoch: 201, version: 1 } } })
    expect(peer.take('push')).toHaveLength(1)
  })

  test('a watch only asks for liveness: it may be late and show our own earlier process', () => {
    const peer = ScriptedPeer.manager()
    peer.advance(pauseMs)
    peer.post({ type: 'watch-snapshot', row: theirs(200) })
    expect(peer.view().role).toBe('manager')
    expect(peer.kinds()).toContain('refresh-row')
    expect(peer.kinds()).not.toContain('rotate-row')
  })

  test('claims at most every 2.5 s, whatever the instance; liveness goes on meanwhile and renews nothing', () => {
    const peer = ScriptedPeer.manager()
    peer.advance(1_000)
    answer(peer, { kind: 'conflict', row: theirs(200) })
    post(peer, 'rotate-row', { kind: 'conflict', row: theirs(300, 'third') })
    peer.take('log')
    let claims = 0
    let checks = 0
    for (let passed = 0; passed < 2_400; passed += 100) {
      peer.advance(100)
      for (const effect of peer.take('refresh-row')) {
        checks++
        expect(effect.revision).toBe(300)
        peer.post({ type: 'row-refreshed', no: effect.no, outcome: { kind: 'ok', row: theirs(300, 'third') } })
        if (peer.kinds().includes('rotate-row')) claims++
      }
    }
    expect([claims, checks >= 2, peer.view().role]).toEqual([0, true, 'headless'])
    peer.advance(100)
    expect(peer.takeOne('rotate-row').revision).toBe(300)
  })

  test('sights are no rounds: one POST does not end it, however often it is looked at', () => {
    const peer = ScriptedPeer.manager()
    peer.advance(1_000)
    for (let sight = 0; sight < 60; sight++) {
      for (const { no } of peer.take('refresh-row'))
        peer.post({ type: 'row-refreshed', no, outcome: { kind: 'conflict', row: theirs(200) } })
      for (const { no } of peer.take('rotate-row')) peer.post({ type: 'row-rotated', no, outcome: { kind: 'trouble', reason: 'refused' } })
      peer.advance(500)
    }
    expect(peer.state.role.kind).toBe('managing')
  })

  test('three rounds and 15 s: the same instance came back against our committed claims, and one of the two ends', () => {
    const peer = ScriptedPeer.manager()
    let revision = 200
    const began = peer.monoMs
    while (peer.state.role.kind === 'managing' && peer.monoMs - began < 60_000) {
      round(peer, revision)
      revision += 10
    }
    expect(peer.take('ended').map(({ why }) => why)).toEqual(['identity-in-use'])
    expect(peer.monoMs - began).toBeGreaterThan(15_000)
    expect(peer.monoMs - began).toBeLessThan(25_000)
    expect(peer.view()).toMatchObject({ role: 'ended', isManager: false, managerPeerId: me })
  })

  test('ever new instances never end it; a rival that stays away for half a minute begins anew', () => {
    const peer = ScriptedPeer.manager()
    for (let turn = 0; turn < 20; turn++) round(peer, 200 + 10 * turn, `other-${turn}`)
    expect(peer.state.role.kind).toBe('managing')
    for (let turn = 0; turn < 4; turn++) {
      keepFresh(peer, 31_000, () => ours(peer.state.role.kind === 'managing' ? (peer.state.role.revision ?? 0) : 0))
      round(peer, 1_000 + 10 * turn)
    }
    expect(peer.state.role.kind).toBe('managing')
  })

  test('an answer that names another makes it step down as ever', () => {
    const peer = ScriptedPeer.manager(['peer-b'])
    peer.advance(1_000)
    answer(peer, { kind: 'conflict', row: theirs(200) })
    post(peer, 'rotate-row', { kind: 'conflict', row: row('peer-b', 300) })
    expect(peer.view()).toMatchObject({ role: 'unsettled', managerPeerId: 'peer-b' })
  })

  test('a claim whose answer got lost counts as committed once the row shows it', () => {
    const peer = ScriptedPeer.manager(['peer-b'])
    peer.advance(1_000)
    answer(peer, { kind: 'conflict', row: theirs(200) })
    peer.advance(pauseMs)
    peer.takeOne('rotate-row')
    peer.advance(1_000)
    answer(peer, { kind: 'conflict', row: ours(201) })
    peer.advance(500)
    answer(peer, { kind: 'ok', row: ours(201) })
    expect(peer.view()).toMatchObject({ role: 'manager', membership: { order: { epoch: 201, version: 1 } } })
    expect(peer.state.role).toMatchObject({ rivals: [{ instance: 'other', beaten: true, rounds: 0 }] })
  })

  test('a directory that began anew counts from below: the claim beats the rival all the same, and that was the last one', () => {
    const peer = ScriptedPeer.manager(['peer-b'])
    peer.advance(1_000)
    answer(peer, { kind: 'conflict', row: theirs(200) })
    post(peer, 'rotate-row', { kind: 'ok', row: ours(7) })
    expect(peer.view()).toMatchObject({ role: 'manager', membership: { order: { epoch: 7 } } })
    peer.advance(6_000)
    expect(peer.kinds()).not.toContain('rotate-row')
  })

  test('a claim answered late is no news where a newer revision is known', () => {
    const peer = ScriptedPeer.manager(['peer-b'])
    peer.advance(1_000)
    answer(peer, { kind: 'conflict', row: theirs(200) })
    peer.advance(pauseMs)
    const claim = peer.takeOne('rotate-row')
    peer.advance(1_000)
    answer(peer, { kind: 'conflict', row: ours(203) })
    peer.advance(500)
    answer(peer, { kind: 'ok', row: ours(203) })
    peer.post({ type: 'row-rotated', no: claim.no, outcome: { kind: 'ok', row: ours(201) } })
    expect(peer.state.role).toMatchObject({ revision: 203 })
    expect(peer.view().membership.order).toEqual({ epoch: 203, version: 1 })
  })

  test('claims keep their distance although it stepped down and came back in between', () => {
    const peer = ScriptedPeer.manager(['peer-b'])
    peer.advance(1_000)
    answer(peer, { kind: 'conflict', row: theirs(200) })
    peer.advance(pauseMs)
    peer.post({ type: 'row-rotated', no: peer.takeOne('rotate-row').no, outcome: { kind: 'conflict', row: row('peer-b', 300) } })
    peer.advance(pauseMs)
    peer.post({ type: 'watch-changed', change: 'rotated', row: row(me, 400, { instance: '' }) })
    peer.post({ type: 'row-rotated', no: peer.takeOne('rotate-row').no, outcome: { kind: 'ok', row: ours(401) } })
    expect(peer.view().role).toBe('manager')
    peer.advance(1_000)
    answer(peer, { kind: 'conflict', row: theirs(500) })
    peer.advance(900)
    expect(peer.kinds()).not.toContain('rotate-row')
  })

  test('while the revision held is not the epoch of its document it lets nobody in', () => {
    const peer = ScriptedPeer.manager(['peer-b'])
    peer.advance(1_000)
    answer(peer, { kind: 'conflict', row: row(me, 200) })
    expect(peer.view().role).toBe('manager')
    peer.request('peer-c', 1)
    expect(peer.take('answer-join').map(({ answer }) => answer)).toEqual([{ kind: 'refuse', refusal: { why: 'not-manager' } }])
  })
})

test('who gave the row up neither claims, deletes nor ends by a row of its other process: it looks again', () => {
  const peer = ScriptedPeer.manager(['peer-b', 'peer-c'])
  peer.post({ type: 'disconnected', peer: 'peer-b' })
  peer.post({ type: 'disconnected', peer: 'peer-c' })
  for (let passed = 0; passed < 2_500 && peer.state.role.kind === 'managing'; passed += 250) {
    peer.advance(250)
    for (const { no } of peer.take('refresh-row')) peer.post({ type: 'row-refreshed', no, outcome: { kind: 'ok', row: ours(100) } })
    if (peer.state.verdict !== undefined) peer.post({ type: 'loop-turned', no: peer.state.verdict.no })
  }
  expect(peer.view().role).toBe('unsettled')
  peer.post({ type: 'row-deleted', no: peer.takeOne('delete-row').no, outcome: { kind: 'trouble', reason: 'timeout' } })
  for (let look = 0; look < 5; look++) {
    peer.advance(2_600)
    peer.answerRead({ kind: 'row', row: theirs(200) })
  }
  expect(peer.kinds()).not.toEqual(expect.arrayContaining(['rotate-row']))
  expect(peer.kinds().filter((kind) => kind === 'delete-row' || kind === 'ended' || kind === 'create-row')).toEqual([])
  expect(peer.view().role).toBe('unsettled')
})

test('who takes the row reigns with its own addresses, whatever the document had of its other process', () => {
  const peer = ScriptedPeer.follower(['peer-m', me])
  const { document } = peer.state
  const moved = document.peers.map((member) => (member.peerId === me ? { ...member, multiaddrs: ['/ip4/10.9.9.9/tcp/1'] } : member))
  peer.receive('peer-m', { ...document, peers: moved, order: { epoch: 100, version: 9 } })
  peer.post({ type: 'watch-changed', change: 'rotated', row: row(me, 200, { instance: '' }) })
  peer.post({ type: 'row-rotated', no: peer.takeOne('rotate-row').no, outcome: { kind: 'ok', row: ours(201) } })
  expect(peer.view().membership.peers.find(({ peerId }) => peerId === me)?.multiaddrs).toEqual(peer.state.self.multiaddrs)
})
