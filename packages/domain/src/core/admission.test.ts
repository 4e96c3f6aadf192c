import type { Refusal } from '@auki/network'
import { describe, expect, test } from 'vitest'
import { me, row, ScriptedPeer } from '../testing/scripted.ts'

const said = (refusal: Refusal) => ('reason' in refusal ? `${refusal.why}: ${refusal.reason}` : refusal.why)
const answers = (peer: ScriptedPeer) =>
  peer.take('answer-join').map(({ ticket, answer }) => [ticket, answer.kind === 'refuse' ? said(answer.refusal) : 'accept'])
const members = (peer: ScriptedPeer) => peer.view().membership.peers.map((member) => member.peerId)

describe('letting a peer in', () => {
  test('allow-list, then Accept with the whole document, then the push to all connected members', () => {
    const peer = ScriptedPeer.manager(['peer-b'])
    peer.advance(100)
    peer.post({ type: 'connected', peer: 'peer-c' })
    peer.take('push')
    peer.request('peer-c', 1)
    const order = peer.kinds()
    expect(order.indexOf('set-allowed')).toBeLessThan(order.indexOf('answer-join'))
    expect(order.indexOf('answer-join')).toBeLessThan(order.indexOf('push'))
    expect(members(peer)).toEqual([me, 'peer-b', 'peer-c'])
    const [accept] = peer.take('answer-join')
    expect(accept?.answer).toEqual({ kind: 'accept', document: peer.view().membership })
  })

  test('a join again keeps place and join time, refreshes addresses and observer', () => {
    const peer = ScriptedPeer.manager(['peer-b', 'peer-c'])
    const before = peer.view().membership.peers[1]
    peer.advance(5_000)
    peer.post({ type: 'row-refreshed', no: peer.take('refresh-row').at(-1)!.no, outcome: { kind: 'ok', row: row(me, 100) } })
    peer.request('peer-b', 1, { multiaddrs: ['/ip4/10.7.7.7/tcp/7'], observer: true })
    expect(peer.view().membership.peers[1]).toEqual({ ...before, multiaddrs: ['/ip4/10.7.7.7/tcp/7'], observer: true })
  })

  test('one that is no Manager, is headless or has left says so', () => {
    const follower = ScriptedPeer.follower()
    follower.request('peer-x', 1)
    expect(answers(follower)).toEqual([[1, 'not-manager']])
    const headless = ScriptedPeer.manager()
    headless.advance(3_000)
    headless.request('peer-x', 2)
    expect(answers(headless)).toEqual([[2, 'not-manager']])
    const gone = ScriptedPeer.manager()
    gone.post({ type: 'leave-called' })
    gone.request('peer-x', 3)
    expect(answers(gone)).toEqual([[3, 'not-manager']])
  })

  test('the gate decides with exactly its reason; a gate that throws is the runtime’s fault', () => {
    const peer = ScriptedPeer.manager([], {}, { gated: true })
    for (const ticket of [1, 2, 3]) peer.request(`peer-${ticket}`, ticket, { authorization: 'Bearer x' })
    expect(peer.take('check-gate').map((effect) => effect.authorization)).toEqual(['Bearer x', 'Bearer x', 'Bearer x'])
    peer.post({ type: 'gate-answered', ticket: 3, verdict: { kind: 'ok' } })
    peer.post({ type: 'gate-answered', ticket: 1, verdict: { kind: 'refused', reason: 'no badge' } })
    peer.post({ type: 'gate-answered', ticket: 2, verdict: { kind: 'failed' } })
    expect(answers(peer)).toEqual([
      [3, 'accept'],
      [1, 'refused: no badge'],
      [2, 'gate-failed']
    ])
    expect(members(peer)).toEqual([me, 'peer-3'])
  })

  test('a gate slower than 10 s lets nobody in, and one that answers for a joiner that is gone neither', () => {
    const peer = ScriptedPeer.manager([], {}, { gated: true })
    peer.request('peer-slow', 1)
    peer.request('peer-gone', 2)
    peer.post({ type: 'join-abandoned', ticket: 2 })
    peer.post({ type: 'gate-answered', ticket: 2, verdict: { kind: 'ok' } })
    peer.advance(9_499)
    expect(answers(peer)).toEqual([])
    peer.advance(1) // the joiner is still there to hear of it
    expect(answers(peer)).toEqual([[1, 'gate-silent']])
    expect(members(peer)).toEqual([me])
  })

  test('after a halt a gate’s answer comes too late also where it is handled before the alarm', () => {
    const peer = ScriptedPeer.manager([], {}, { gated: true })
    peer.request('peer-late', 1)
    peer.monoMs += 17_000
    peer.post({ type: 'gate-answered', ticket: 1, verdict: { kind: 'ok' } })
    expect(answers(peer)).toEqual([[1, 'gate-silent']])
    expect(members(peer)).toEqual([me])
  })

  test('a gate is told for which cluster it is asked', () => {
    const peer = ScriptedPeer.manager([], {}, { gated: true })
    peer.request('peer-b', 1)
    expect(peer.takeOne('check-gate')).toMatchObject({ peer: 'peer-b', clusterName: 'lab' })
  })

  test('a gate is told what the joiner calls itself, where it says so', () => {
    const peer = ScriptedPeer.manager([], {}, { gated: true })
    peer.request('peer-b', 1, { name: 'Zoë' })
    expect(peer.takeOne('check-gate')).toMatchObject({ peer: 'peer-b', name: 'Zoë' })
    peer.request('peer-c', 2)
    expect(peer.takeOne('check-gate')).not.toHaveProperty('name')
  })

  test('what a member calls itself stands in the document, as it said last', () => {
    const peer = ScriptedPeer.manager([], {}, { name: 'Ada' })
    const names = () => peer.view().membership.peers.map(({ name }) => name)
    peer.request('peer-b', 1, { name: 'Zoë' })
    expect(names()).toEqual(['Ada', 'Zoë'])
    expect(peer.take('answer-join')).toMatchObject([{ answer: { document: { peers: [{}, { name: 'Zoë' }] } } }])
    const { membership } = peer.view()
    peer.request('peer-b', 2, { name: 'Zoë', multiaddrs: ['/ip4/10.0.0.3/tcp/1'] })
    expect(peer.view().membership).toBe(membership) // nothing new, nothing to push
    peer.request('peer-b', 3, { name: 'Zoe' })
    expect(names()).toEqual(['Ada', 'Zoe'])
    peer.request('peer-b', 4)
    expect(names()).toEqual(['Ada', undefined])
    expect(peer.take('answer-join').at(-1)).toMatchObject({
      answer: { document: { peers: [{}, expect.not.objectContaining({ name: expect.anything() })] } }
    })
  })

  test('the lease may lapse while the gate thinks', () => {
    const peer = ScriptedPeer.manager([], {}, { gated: true })
    peer.request('peer-b', 1)
    peer.advance(3_000)
    peer.post({ type: 'gate-answered', ticket: 1, verdict: { kind: 'ok' } })
    expect(answers(peer)).toEqual([[1, 'not-manager']])
  })

  test('a full cluster refuses newcomers, never a member', () => {
    const peer = ScriptedPeer.manager(['peer-b'], { maxMembers: 2 })
    peer.request('peer-c', 1)
    peer.request('peer-b', 2)
    expect(answers(peer)).toEqual([
      [1, 'cluster-full'],
      [2, 'accept']
    ])
  })

  test('who joins again with what it said before has not changed', () => {
    const peer = ScriptedPeer.manager()
    const multiaddrs = ['/ip4/10.0.0.1/tcp/4001', '/ip4/10.0.0.2/tcp/4001']
    peer.request('peer-b', 1, { multiaddrs })
    const { order } = peer.view().membership
    peer.request('peer-b', 2, { multiaddrs: [...multiaddrs] })
    expect(peer.view().membership.order).toEqual(order)
  })

  test('admitPeer: admitted, already a member, not the Manager, stopped', () => {
    const peer = ScriptedPeer.manager()
    peer.post({ type: 'admit-called', ticket: 1, peer: 'peer-b', multiaddrs: [] })
    peer.post({ type: 'admit-called', ticket: 2, peer: 'peer-b', multiaddrs: [] })
    expect(peer.take('answer-admit').map(({ answer }) => answer.kind)).toEqual(['admitted', 'already-member'])
    const follower = ScriptedPeer.follower()
    follower.post({ type: 'admit-called', ticket: 3, peer: 'peer-x', multiaddrs: [] })
    expect(follower.takeOne('answer-admit').answer).toEqual({ kind: 'not-manager', manager: 'peer-m' })
    peer.post({ type: 'leave-called' })
    peer.post({ type: 'admit-called', ticket: 4, peer: 'peer-x', multiaddrs: [] })
    expect(peer.takeOne('answer-admit').answer.kind).toBe('stopped')
  })

  test('a storm of joins goes out as few documents, the first one at once', () => {
    const peer = ScriptedPeer.manager()
    peer.advance(100)
    for (let index = 0; index < 50; index++) {
      peer.post({ type: 'connected', peer: `peer-${index}` })
      peer.request(`peer-${index}`, index)
    }
    expect(peer.take('push')).toHaveLength(1)
    peer.advance(203)
    expect(peer.take('push')).toEqual([])
    peer.advance(1) // 4 ms for each of the 51 members
    const [last, ...more] = peer.take('push')
    expect(more).toEqual([])
    expect(last?.to).toHaveLength(50)
  })

  test('in a small cluster what follows a push waits 20 ms, what comes later goes out at once', () => {
    const peer = ScriptedPeer.manager(['peer-b'])
    peer.advance(100)
    peer.take('push')
    peer.request('peer-c', 1)
    expect(peer.take('push')).toHaveLength(1)
    peer.request('peer-d', 2)
    peer.advance(19)
    expect(peer.take('push')).toEqual([])
    peer.advance(1)
    expect(peer.take('push')).toHaveLength(1)
    peer.advance(20)
    peer.request('peer-e', 3)
    expect(peer.take('push')).toHaveLength(1)
  })
})

describe('letting a peer go', () => {
  test('acknowledged, out of the document at once, off the allow-list when it knows', () => {
    const peer = ScriptedPeer.manager(['peer-b', 'peer-c'])
    peer.advance(100)
    peer.take('push')
    peer.post({ type: 'leave-requested', ticket: 1, peer: 'peer-b' })
    expect(members(peer)).toEqual([me, 'peer-c'])
    expect(peer.kinds()).not.toContain('set-allowed')
    expect(peer.takeOne('answer-leave').acknowledged).toBe(true)
    peer.post({ type: 'leave-acknowledged', peer: 'peer-b' })
    expect(peer.kinds()).toContain('push')
    expect(
      peer
        .take('set-allowed')
        .at(-1)
        ?.members.map((member) => member.peerId)
    ).toEqual(['peer-c'])
  })

  test('a leaver whose acknowledgement never got out goes all the same; one that is no member is fine', () => {
    const peer = ScriptedPeer.manager(['peer-b'])
    peer.post({ type: 'leave-requested', ticket: 1, peer: 'peer-b' })
    peer.post({ type: 'leave-requested', ticket: 2, peer: 'peer-x' })
    expect(peer.take('answer-leave').map((effect) => effect.acknowledged)).toEqual([true, true])
    peer.advance(5_000)
    expect(peer.take('set-allowed').at(-1)?.members).toEqual([])
  })

  test('one that is no Manager closes silently', () => {
    const peer = ScriptedPeer.follower()
    peer.post({ type: 'leave-requested', ticket: 1, peer: 'peer-x' })
    expect(peer.takeOne('answer-leave').acknowledged).toBe(false)
  })
})

describe('repeating the document', () => {
  test('every 10 s, and soon to one whose heartbeats show an older one', () => {
    const peer = ScriptedPeer.manager(['peer-b'])
    peer.advance(1_500)
    peer.post({ type: 'row-refreshed', no: peer.take('refresh-row').at(-1)!.no, outcome: { kind: 'ok', row: row(me, 100) } })
    peer.heartbeat('peer-b', { epoch: 100, version: 1 })
    peer.advance(1)
    expect(peer.take('push').map((effect) => effect.to)).toEqual([['peer-b']])
    peer.heartbeat('peer-b', { epoch: 100, version: 1 })
    peer.advance(500)
    expect(peer.take('push')).toEqual([])
  })

  test('a heartbeat that was under way when the document came hurries nothing once the next one shows the document', () => {
    const peer = ScriptedPeer.manager(['peer-b'])
    peer.advance(100)
    peer.take('push')
    const { epoch, version } = peer.view().membership.order!
    peer.heartbeat('peer-b', { epoch, version: version - 1 })
    peer.heartbeat('peer-b', { epoch, version })
    peer.advance(2_000)
    expect(peer.take('push')).toEqual([])
  })

  test('a headless Manager repeats nothing', () => {
    const peer = ScriptedPeer.manager(['peer-b'])
    peer.advance(3_000)
    expect(peer.view().role).toBe('headless')
    peer.take('push')
    peer.advance(30_000)
    peer.heartbeat('peer-b', { epoch: 100, version: 1 })
    peer.advance(2_000)
    expect(peer.take('push')).toEqual([])
  })

  test('one that connected while the Manager was headless is told later, whatever its heartbeats show', () => {
    const peer = ScriptedPeer.manager(['peer-b'])
    peer.post({ type: 'disconnected', peer: 'peer-b' })
    peer.advance(3_000)
    expect(peer.view().role).toBe('headless')
    peer.post({ type: 'connected', peer: 'peer-b' })
    peer.take('push')
    peer.advance(1_000)
    peer.post({ type: 'row-refreshed', no: peer.take('refresh-row').at(-1)!.no, outcome: { kind: 'ok', row: row(me, 100) } })
    while (peer.monoMs < 16_000 && !peer.kinds().includes('push')) {
      peer.heartbeat('peer-b', { epoch: 900, version: 1 })
      peer.advance(500)
      const { ask } = peer.state.role.kind === 'managing' ? peer.state.role : {}
      if (ask !== undefined) peer.post({ type: 'row-refreshed', no: ask.no, outcome: { kind: 'ok', row: row(me, 100) } })
    }
    expect(peer.takeOne('push').to).toEqual(['peer-b'])
  })

  test('a member that connects is told at once', () => {
    const peer = ScriptedPeer.manager(['peer-b'])
    peer.post({ type: 'disconnected', peer: 'peer-b' })
    peer.take('push')
    peer.post({ type: 'connected', peer: 'peer-b' })
    expect(peer.takeOne('push').to).toEqual(['peer-b'])
  })
})
