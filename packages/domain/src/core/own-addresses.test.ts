import { describe, expect, test } from 'vitest'
import { clusterName, documentOf, me, ownAddresses, row, ScriptedPeer } from '../testing/scripted.ts'

const moved = ['/ip4/10.0.7.7/tcp/7']
const elsewhere = ['/ip4/10.9.9.9/tcp/9']

function managing(peer: ScriptedPeer) {
  if (peer.state.role.kind !== 'managing') throw new Error(`it is ${peer.state.role.kind}`)
  return peer.state.role
}

/** The liveness check that is due, answered with this row. */
function refresh(peer: ScriptedPeer, shown = row(me, 100)): void {
  peer.advance(1_000)
  peer.post({ type: 'row-refreshed', no: peer.takeOne('refresh-row').no, outcome: { kind: 'ok', row: shown } })
}

/** As a Manager that is cut off it gives the row up. */
function loseEverybody(peer: ScriptedPeer): void {
  for (const member of ['peer-b', 'peer-c']) peer.post({ type: 'disconnected', peer: member })
  for (let passed = 0; passed < 2_500 && peer.state.role.kind === 'managing'; passed += 250) {
    peer.advance(250)
    for (const { no } of peer.take('refresh-row')) peer.post({ type: 'row-refreshed', no, outcome: { kind: 'ok', row: row(me, 100) } })
    if (peer.state.verdict !== undefined) peer.post({ type: 'loop-turned', no: peer.state.verdict.no })
  }
  expect(peer.view().role).toBe('unsettled')
}

/** A follower that has lost its Manager while Discovery is away. */
function withoutManagerAndDiscovery(): ScriptedPeer {
  const peer = ScriptedPeer.follower(['peer-m', me], { peerLossTimeoutMs: 1_500 })
  peer.post({ type: 'disconnected', peer: 'peer-m' })
  peer.advance(2_300)
  peer.post({ type: 'loop-turned', no: peer.state.verdict!.no })
  peer.answerRead({ kind: 'trouble', reason: 'unreachable' })
  return peer
}

const ownLine = (peer: ScriptedPeer) => peer.view().membership.peers.find(({ peerId }) => peerId === me)?.multiaddrs

describe('a Manager whose addresses change', () => {
  test('rotates the row to itself in place of the next check; the answer renews, and the document of a new reign has the new line', () => {
    const peer = ScriptedPeer.manager(['peer-b'])
    refresh(peer)
    peer.post({ type: 'addresses-set', multiaddrs: moved })
    expect(ownLine(peer)).toEqual(ownAddresses)
    peer.advance(1_000)
    expect(peer.kinds()).not.toContain('refresh-row')
    const { no, revision } = peer.takeOne('rotate-row')
    expect(revision).toBe(100)
    peer.post({ type: 'row-rotated', no, outcome: { kind: 'ok', row: row(me, 101, { multiaddrs: moved }) } })
    expect(peer.view()).toMatchObject({ isManager: true, membership: { order: { epoch: 101, version: 1 } } })
    expect(ownLine(peer)).toEqual(moved)
    expect(peer.take('push')).toHaveLength(1)
    refresh(peer, row(me, 101, { multiaddrs: moved }))
    peer.advance(10_000)
    expect(peer.take('rotate-row')).toEqual([])
  })

  test('the same addresses are no change', () => {
    const peer = ScriptedPeer.manager()
    peer.post({ type: 'addresses-set', multiaddrs: [...ownAddresses] })
    peer.advance(1_000)
    expect(peer.kinds()).not.toContain('rotate-row')
  })

  test('while the answer is lost it asks at most once in five seconds, and commits nothing under the old reign once it knows of the new one', () => {
    const peer = ScriptedPeer.manager(['peer-b'])
    peer.post({ type: 'addresses-set', multiaddrs: moved })
    peer.advance(1_000)
    peer.takeOne('rotate-row')
    peer.post({ type: 'watch-changed', change: 'rotated', row: row(me, 101, { multiaddrs: moved }) })
    peer.take('log')
    peer.advance(2_000)
    for (const { no } of peer.state.verdict === undefined ? [] : [peer.state.verdict]) peer.post({ type: 'loop-turned', no })
    expect(peer.view().membership.peers.map(({ peerId }) => peerId)).toContain('peer-b')
    expect(peer.kinds()).not.toContain('push')
    expect(peer.kinds()).not.toContain('rotate-row')
    peer.request('peer-c', 1)
    expect(peer.takeOne('answer-join').answer).toEqual({ kind: 'refuse', refusal: { why: 'not-manager' } })
  })

  test('an answer that names us at other addresses, or with no instance, is mended', () => {
    for (const astray of [{ multiaddrs: elsewhere }, { instance: '' }]) {
      const peer = ScriptedPeer.manager()
      refresh(peer, row(me, 105, astray))
      expect(managing(peer).revision).toBe(105)
      peer.advance(1_000)
      expect(peer.takeOne('rotate-row').revision).toBe(105)
    }
  })

  test('a service that spells addresses in its own way is taken at its word', () => {
    const peer = ScriptedPeer.manager()
    peer.post({ type: 'addresses-set', multiaddrs: moved })
    peer.advance(1_000)
    const spelled = row(me, 101, { multiaddrs: ['/ip4/10.0.7.7/tcp/7/p2p/me'] })
    peer.post({ type: 'row-rotated', no: peer.takeOne('rotate-row').no, outcome: { kind: 'ok', row: spelled } })
    for (let second = 0; second < 10; second++) refresh(peer, spelled)
  })

  test('a service without revisions begins no reign: the document follows the row', () => {
    const peer = new ScriptedPeer({ kind: 'create', name: clusterName })
    peer.post({ type: 'started' })
    peer.post({ type: 'row-created', no: peer.takeOne('create-row').no, outcome: { kind: 'created', row: row(me, undefined) } })
    peer.post({ type: 'addresses-set', multiaddrs: moved })
    peer.advance(1_000)
    const shown = row(me, undefined, { multiaddrs: moved })
    peer.post({ type: 'row-rotated', no: peer.takeOne('rotate-row').no, outcome: { kind: 'ok', row: shown } })
    expect(ownLine(peer)).toEqual(moved)
    refresh(peer, shown)
  })
})

describe('a follower', () => {
  const acceptAfterRead = (peer: ScriptedPeer): void => {
    peer.answerRead({ kind: 'row', row: row('peer-m', 100) })
    expect(peer.view().role).toBe('unsettled')
    const { no } = peer.takeOne('request-join')
    peer.heartbeat('peer-m')
    peer.receive('peer-m', documentOf(['peer-m', me, 'peer-b'], 100, 7))
    expect(peer.view().role).toBe('unsettled')
    peer.post({ type: 'join-answered', no, outcome: { kind: 'accept', document: documentOf(['peer-m', me, 'peer-b'], 100, 8) } })
    expect(peer.view().role).toBe('follower')
  }

  test.each([
    ['moved', { type: 'addresses-set', multiaddrs: moved }],
    ['woke', { type: 'clock-jumped' }],
    ['was stopped for 1.5 s', { type: 'loop-lagged', ms: 1_500 }]
  ] as const)('that %s reads the row and asks anew, although the Manager is heard; only an Accept settles it', (_what, event) => {
    const peer = ScriptedPeer.follower()
    peer.heartbeat('peer-m')
    peer.post(event)
    peer.heartbeat('peer-m')
    acceptAfterRead(peer)
    expect(peer.take('announce').map(({ announcement }) => announcement)).toContainEqual({ type: 'rejoined' })
  })

  test('whose JoinRequest was overtaken by an older one of its own asks once more', () => {
    const peer = ScriptedPeer.follower()
    const told = (multiaddrs: readonly string[], version: number) => {
      const { peers, ...document } = documentOf(['peer-m', me, 'peer-b'], 100, version)
      return { ...document, peers: peers.map((member) => (member.peerId === me ? { ...member, multiaddrs } : member)) }
    }
    peer.post({ type: 'addresses-set', multiaddrs: moved })
    peer.answerRead({ kind: 'row', row: row('peer-m', 100) })
    peer.post({ type: 'connected', peer: 'peer-m' })
    const { no } = peer.take('request-join').at(-1)!
    peer.post({ type: 'join-answered', no, outcome: { kind: 'accept', document: told(moved, 7) } })
    expect(peer.view().role).toBe('follower')
    peer.receive('peer-m', told(elsewhere, 8))
    expect(peer.view().role).toBe('unsettled')
  })

  test('that moved while it looked for its Manager is not settled by a heartbeat', () => {
    const peer = ScriptedPeer.follower()
    peer.advance(2_300)
    peer.post({ type: 'loop-turned', no: peer.state.verdict!.no })
    peer.answerRead({ kind: 'row', row: row('peer-m', 100) })
    peer.post({ type: 'addresses-set', multiaddrs: moved })
    peer.heartbeat('peer-m')
    expect(peer.view().role).toBe('unsettled')
  })

  test('that was stopped for less goes on', () => {
    const peer = ScriptedPeer.follower()
    peer.heartbeat('peer-m')
    peer.post({ type: 'loop-lagged', ms: 1_400 })
    expect(peer.view().role).toBe('follower')
  })

  test.each([
    ['', 200],
    [', also where the directory came back with its clock behind', 50]
  ])('whose new Manager does not know its addresses asks anew%s', (_where, epoch) => {
    const peer = ScriptedPeer.follower(['peer-m', me, 'peer-b'])
    peer.post({ type: 'disconnected', peer: 'peer-m' })
    peer.advance(15_500)
    peer.post({ type: 'loop-turned', no: peer.state.verdict!.no })
    peer.answerRead({ kind: 'row', row: row('peer-b', epoch) })
    const { peers, ...document } = documentOf(['peer-b', me], epoch)
    const outdated = peers.map((member) => (member.peerId === me ? { ...member, multiaddrs: elsewhere } : member))
    peer.receive('peer-b', { ...document, peers: outdated })
    expect(peer.view()).toMatchObject({ role: 'unsettled', managerPeerId: 'peer-b', membership: { order: { epoch } } })
  })

  test('that looks for its Manager where the document says, while Discovery is away, looks where the row says once it is back', () => {
    const peer = withoutManagerAndDiscovery()
    peer.take('set-allowed')
    peer.advance(1_500)
    peer.answerRead({ kind: 'row', row: row('peer-m', 100, { multiaddrs: moved }) })
    expect(peer.take('set-allowed').at(-1)?.members).toMatchObject([{ peerId: 'peer-m', multiaddrs: expect.arrayContaining(moved) }])
  })

  test('that moved when it had given its row up asks anew, although its successor still lists it', () => {
    const peer = ScriptedPeer.manager(['peer-b', 'peer-c'])
    loseEverybody(peer)
    peer.post({ type: 'row-deleted', no: peer.takeOne('delete-row').no, outcome: { kind: 'done' } })
    peer.post({ type: 'addresses-set', multiaddrs: moved })
    peer.post({ type: 'connected', peer: 'peer-b' })
    peer.receive('peer-b', documentOf(['peer-b', me, 'peer-c'], 200))
    peer.answerRead({ kind: 'row', row: row('peer-b', 200) })
    expect(peer.view()).toMatchObject({ role: 'unsettled', managerPeerId: 'peer-b' })
    expect(peer.takeOne('request-join')).toMatchObject({ peer: 'peer-b' })
  })

  test('has members dialled every second while it is unsettled, and for ten seconds after', () => {
    const peer = ScriptedPeer.follower()
    peer.post({ type: 'clock-jumped' })
    expect(peer.peek()).toContainEqual({ type: 'pace-dials', hasty: true })
    acceptAfterRead(peer)
    peer.take('log')
    for (let second = 0; second < 10; second++) {
      peer.advance(1_000)
      peer.heartbeat('peer-m')
    }
    expect(peer.take('pace-dials')).toEqual([{ type: 'pace-dials', hasty: false }])
  })

  test('asks the Manager it lost every second, also while Discovery does not answer', () => {
    const peer = withoutManagerAndDiscovery()
    peer.take('log')
    peer.advance(3_100)
    expect(peer.peek().filter((effect) => effect.type === 'dial' && effect.peer === 'peer-m').length).toBeGreaterThanOrEqual(3)
    peer.post({ type: 'connected', peer: 'peer-m' })
    expect(peer.kinds()).toContain('request-join')
  })
})

describe('members that come back', () => {
  const announced = (peer: ScriptedPeer) => peer.take('announce').map(({ announcement }) => announcement)

  test('the Manager tells of one that asks anew, and whether another process of it does', () => {
    const peer = ScriptedPeer.manager()
    peer.request('peer-b', 1, { instance: 'b1' })
    expect(announced(peer)).toEqual([{ type: 'member-joined', peerId: 'peer-b' }])
    peer.request('peer-b', 2, { instance: 'b1' })
    expect(announced(peer)).toEqual([{ type: 'member-rejoined', peerId: 'peer-b', newSession: false }])
    peer.request('peer-b', 3, { instance: 'b2' })
    expect(announced(peer)).toEqual([{ type: 'member-rejoined', peerId: 'peer-b', newSession: true }])
  })

  test('a follower tells of one that is in the document again', () => {
    const peer = ScriptedPeer.follower(['peer-m', me, 'peer-b'])
    peer.receive('peer-m', documentOf(['peer-m', me], 100, 2))
    peer.take('log')
    peer.receive('peer-m', documentOf(['peer-m', me, 'peer-b'], 100, 3))
    expect(announced(peer)).toEqual([
      { type: 'member-joined', peerId: 'peer-b' },
      { type: 'member-rejoined', peerId: 'peer-b', newSession: false }
    ])
  })
})
