/** Rows that live from 3 to 60 s: what a lease on one is worth, and how long a join waits for one to go. */
import { describe, expect, test } from 'vitest'
import { clusterName, documentOf, me, row, ScriptedPeer } from '../testing/scripted.ts'
import { nextDeadline } from './step.ts'

/** What a lease is worth less than its row's life. */
const share = 0.99

/** Its liveness check of this moment is answered by a row of this life. */
function renew(peer: ScriptedPeer, sweepAfterMs: number): void {
  while (!peer.kinds().includes('refresh-row')) peer.advance(nextDeadline(peer.state) - peer.monoMs)
  const { no } = peer.takeOne('refresh-row')
  peer.post({ type: 'row-refreshed', no, outcome: { kind: 'ok', row: row(me, 100, { instance: 'mine', sweepAfterMs }) } })
}

function managerOf(sweepAfterMs: number): ScriptedPeer {
  const peer = ScriptedPeer.manager(['peer-b'])
  renew(peer, sweepAfterMs)
  return peer
}

/** Time in which Discovery answers nothing. */
function offline(peer: ScriptedPeer, ms: number): void {
  for (const end = peer.monoMs + ms; peer.monoMs < end; ) {
    peer.advance(Math.min(1_000, end - peer.monoMs))
    for (const { no } of peer.take('refresh-row')) peer.post({ type: 'row-refreshed', no, outcome: { kind: 'trouble', reason: 'away' } })
  }
}

describe('a lease on a long row', () => {
  test.each([3_000, 6_000, 15_000, 60_000])('of %d ms counts by the answer, and is asked for each second', (lifeMs) => {
    const peer = managerOf(lifeMs)
    peer.monoMs += share * lifeMs - 1
    expect(peer.view().role).toBe('manager')
    peer.monoMs += 1
    expect(peer.view().role).toBe('headless')

    const asking = managerOf(lifeMs)
    asking.advance(999)
    expect(asking.take('refresh-row')).toHaveLength(0)
    asking.advance(1)
    expect(asking.take('refresh-row')).toHaveLength(1)
  })

  test('is over when a member shows a higher reign more than 3 s after the last renewal, until a later one', () => {
    const peer = managerOf(60_000)
    offline(peer, 5_000)
    expect(peer.view().role).toBe('manager')
    peer.receive('peer-b', documentOf(['peer-b', me], 200))
    expect(peer.view().role).toBe('headless')
    expect(peer.view().isManager).toBe(false)
    peer.advance(1_000)
    const { no } = peer.takeOne('refresh-row')
    peer.post({ type: 'row-refreshed', no, outcome: { kind: 'ok', row: row(me, 100, { instance: 'mine', sweepAfterMs: 60_000 }) } })
    expect(peer.view().role).toBe('manager')
    peer.monoMs += 50_000
    expect(peer.view().role).toBe('manager')
  })

  test('shown a higher reign sooner, it ends 3 s after the last renewal', () => {
    const peer = managerOf(60_000)
    const renewedAt = peer.monoMs
    offline(peer, 2_000)
    peer.receive('peer-b', documentOf(['peer-b', me], 200))
    expect(peer.view().role).toBe('manager')
    offline(peer, renewedAt + share * 3_000 - peer.monoMs)
    expect(peer.view().role).toBe('headless')
  })

  test('an answer to what was asked before the higher reign was shown proves no more', () => {
    const peer = managerOf(60_000)
    offline(peer, 3_500)
    peer.advance(500)
    const { no } = peer.takeOne('refresh-row')
    peer.receive('peer-b', documentOf(['peer-b', me], 200))
    const askedAt = peer.monoMs
    peer.post({ type: 'row-refreshed', no, outcome: { kind: 'ok', row: row(me, 100, { instance: 'mine', sweepAfterMs: 60_000 }) } })
    expect(peer.view().role).toBe('manager')
    offline(peer, askedAt + share * 3_000 - peer.monoMs)
    expect(peer.view().role).toBe('headless')
  })

  test.each([
    ['of a reign that is not higher', 'peer-b', 100],
    ['of somebody who is no member', 'peer-x', 200]
  ])('is not touched by a document %s', (_what, author, epoch) => {
    const peer = managerOf(60_000)
    offline(peer, 5_000)
    peer.receive(author, documentOf([author, me], epoch))
    peer.monoMs += 40_000
    expect(peer.view().role).toBe('manager')
  })

  test('unanswered for 10 s it reads in place of refreshing, though the lease still holds: the row must not outlive it by a whole life', () => {
    const peer = managerOf(60_000)
    offline(peer, 11_000)
    peer.advance(2_000)
    expect(peer.view().role).toBe('manager')
    expect(peer.kinds()).toContain('read-row')
    expect(peer.kinds()).not.toContain('refresh-row')
  })
})

test('who claims a row of 1 s asks again before it is over', () => {
  const peer = ScriptedPeer.follower(['peer-m', me])
  peer.post({ type: 'watch-changed', change: 'rotated', row: row(me, 200, { sweepAfterMs: 1_000 }) })
  const { no } = peer.takeOne('rotate-row')
  peer.post({ type: 'row-rotated', no, outcome: { kind: 'ok', row: row(me, 201, { instance: 'mine', sweepAfterMs: 1_000 }) } })
  peer.advance(400)
  expect(peer.take('refresh-row')).toHaveLength(1)
})

describe('a join before a row whose Manager does not answer', () => {
  function failsAfter(settings: Parameters<typeof ScriptedPeer.follower>[1], sweepAfterMs: number): number {
    const peer = new ScriptedPeer({ kind: 'join', name: clusterName }, settings)
    const startedAt = peer.monoMs
    peer.post({ type: 'started' })
    for (let step = 0; step < 10_000 && peer.state.role.kind === 'starting'; step++) {
      const asksForRow = peer.take('read-row').length > 0
      const { role } = peer.state
      const ask =
        role.kind !== 'starting'
          ? undefined
          : role.step.kind === 'reading'
            ? role.step.ask
            : role.step.kind === 'joining'
              ? role.step.read
              : undefined
      if (asksForRow && ask !== undefined)
        peer.post({ type: 'row-read', no: ask.no, outcome: { kind: 'row', row: row('peer-m', 100, { sweepAfterMs }) }, versioned: true })
      else peer.advance(10)
    }
    return peer.monoMs - startedAt
  }

  test.each([
    ['the usual time, where that is longer', {}, 15_000, 30_000],
    ['the life of the row and 10 s, where that is longer', {}, 60_000, 70_000],
    ['no longer than for the longest row that can be asked for', {}, 600_000, 70_000],
    ['as long as the app said, where it wants to fail early', { joinDeadlineMs: 5_000 }, 60_000, 5_000]
  ])('takes %s', (_what, settings, sweepAfterMs, ms) => {
    expect(Math.abs(failsAfter(settings, sweepAfterMs) - ms)).toBeLessThanOrEqual(10)
  })
})
