import { describe, expect, test } from 'vitest'
import { documentOf, me, row, ScriptedPeer } from '../testing/scripted.ts'

const ended = (peer: ScriptedPeer) => peer.take('ended').map(({ why, deleteFailed }) => deleteFailed ?? why)

describe('leaving', () => {
  test('a Manager alone, or with observers only, deletes its row under its revision', () => {
    for (const viewers of [[], ['peer-v']]) {
      const peer = ScriptedPeer.manager()
      for (const viewer of viewers) peer.request(viewer, 1, { observer: true })
      peer.post({ type: 'leave-called' })
      expect(peer.view().isManager).toBe(false)
      const { no, revision } = peer.takeOne('delete-row')
      expect(revision).toBe(100)
      peer.post({ type: 'row-deleted', no, outcome: { kind: 'done' } })
      expect(ended(peer)).toEqual(['left'])
    }
  })

  test('a DELETE that failed is told', () => {
    const peer = ScriptedPeer.manager()
    peer.post({ type: 'leave-called' })
    peer.post({ type: 'row-deleted', no: peer.takeOne('delete-row').no, outcome: { kind: 'trouble', reason: 'refused' } })
    expect(ended(peer)).toEqual(['refused'])
  })

  test('a Manager with members hands over to the earliest that follows it: rotate, hint, its document, goodbye', () => {
    const peer = ScriptedPeer.manager(['peer-old', 'peer-b'])
    peer.heartbeat('peer-b', { epoch: 100, version: 3 })
    peer.post({ type: 'leave-called' })
    expect(peer.view()).toMatchObject({ isManager: false })
    const rotate = peer.takeOne('rotate-row')
    expect(rotate).toMatchObject({ revision: 100, to: { peerId: 'peer-b' } })
    peer.post({ type: 'row-rotated', no: rotate.no, outcome: { kind: 'ok', row: row('peer-b', 200) } })
    const push = peer.takeOne('push')
    expect(push).toMatchObject({ to: ['peer-old', 'peer-b'], handoverTo: 'peer-b' })
    peer.receive('peer-b', documentOf([me, 'peer-old', 'peer-b'], 201))
    const goodbye = peer.takeOne('request-leave')
    expect(goodbye.peer).toBe('peer-b')
    peer.post({ type: 'leave-answered', no: goodbye.no })
    expect(ended(peer)).toEqual(['left'])
  })

  test('no member shows our epoch: then the earliest connected one', () => {
    const peer = ScriptedPeer.manager(['peer-b', 'peer-c'])
    peer.post({ type: 'disconnected', peer: 'peer-b' })
    peer.post({ type: 'leave-called' })
    expect(peer.takeOne('rotate-row').to?.peerId).toBe('peer-c')
  })

  test('the watch shows the successor’s own reign as well; its document is waited for a moment, so that it hears the goodbye', () => {
    const peer = ScriptedPeer.manager(['peer-b'])
    peer.post({ type: 'leave-called' })
    peer.post({ type: 'row-rotated', no: peer.takeOne('rotate-row').no, outcome: { kind: 'ok', row: row('peer-b', 200) } })
    peer.post({ type: 'watch-changed', change: 'rotated', row: row('peer-b', 200) })
    expect(peer.take('request-leave')).toEqual([])
    peer.post({ type: 'watch-changed', change: 'rotated', row: row('peer-b', 201) })
    expect(peer.take('request-leave')).toEqual([])
    peer.advance(250)
    expect(peer.take('request-leave')).toHaveLength(1)
  })

  test('the successor may be faster than the answer to the hand-over; one never heard of gets a goodbye within the bound', () => {
    const overtaken = ScriptedPeer.manager(['peer-b'])
    overtaken.post({ type: 'leave-called' })
    overtaken.receive('peer-b', documentOf([me, 'peer-b'], 99))
    expect(overtaken.take('request-leave')).toEqual([])
    overtaken.receive('peer-b', documentOf([me, 'peer-b'], 201))
    expect(overtaken.takeOne('request-leave').peer).toBe('peer-b')

    const unheard = ScriptedPeer.manager(['peer-b'])
    unheard.post({ type: 'leave-called' })
    unheard.post({ type: 'row-rotated', no: unheard.takeOne('rotate-row').no, outcome: { kind: 'ok', row: row('peer-b', 200) } })
    unheard.advance(1_750)
    expect(unheard.takeOne('request-leave').peer).toBe('peer-b')
    unheard.advance(250)
    expect(ended(unheard)).toEqual(['left'])
  })

  test('nobody connected, a rotate that fails, or a silent successor: gone within 2 s all the same', () => {
    const lonely = ScriptedPeer.manager(['peer-b'])
    lonely.post({ type: 'disconnected', peer: 'peer-b' })
    lonely.post({ type: 'leave-called' })
    expect(ended(lonely)).toEqual(['left'])

    const refused = ScriptedPeer.manager(['peer-b'])
    refused.post({ type: 'leave-called' })
    refused.post({ type: 'row-rotated', no: refused.takeOne('rotate-row').no, outcome: { kind: 'trouble', reason: 'refused' } })
    expect(ended(refused)).toEqual(['left'])

    const silent = ScriptedPeer.manager(['peer-b'])
    silent.post({ type: 'leave-called' })
    silent.advance(2_000)
    expect(ended(silent)).toEqual(['left'])
  })

  test('late answers renew nothing once it is leaving', () => {
    const peer = ScriptedPeer.manager(['peer-b'])
    peer.advance(1_000)
    const { no } = peer.takeOne('refresh-row')
    peer.post({ type: 'leave-called' })
    peer.post({ type: 'row-refreshed', no, outcome: { kind: 'ok', row: row(me, 100) } })
    expect(peer.view().isManager).toBe(false)
    peer.advance(10_000)
    expect(peer.take('refresh-row')).toEqual([])
  })

  test('a headless Manager with members just goes', () => {
    const peer = ScriptedPeer.manager(['peer-b'])
    peer.advance(3_000)
    peer.post({ type: 'leave-called' })
    expect(ended(peer)).toEqual(['left'])
  })

  test('a follower says goodbye to its Manager; in a hurry it does not wait', () => {
    const peer = ScriptedPeer.follower()
    peer.post({ type: 'leave-called' })
    const { no } = peer.takeOne('request-leave')
    peer.post({ type: 'leave-answered', no })
    expect(ended(peer)).toEqual(['left'])
    const hurried = ScriptedPeer.follower()
    hurried.post({ type: 'leave-hurried' })
    expect(ended(hurried)).toEqual(['left'])
  })

  test('leaving while a create is under way deletes what comes of it', () => {
    const peer = new ScriptedPeer({ kind: 'create', name: 'lab' })
    peer.post({ type: 'started' })
    const { no } = peer.takeOne('create-row')
    peer.post({ type: 'leave-called' })
    peer.post({ type: 'row-created', no, outcome: { kind: 'created', row: row(me, 100, { instance: 'mine' }) } })
    expect(peer.takeOne('delete-row').revision).toBe(100)
  })

  test('after the end nothing wakes it and nothing is wanted', () => {
    const peer = ScriptedPeer.manager()
    peer.post({ type: 'leave-hurried' })
    peer.take('ended')
    peer.advance(60_000)
    peer.post({ type: 'watch-changed', change: 'rotated', row: row('peer-x', 999) })
    peer.receive('peer-x', documentOf(['peer-x', me], 999))
    expect(peer.kinds().filter((kind) => kind !== 'log')).toEqual([])
  })
})
