/** Managers that nobody can dial: how long a joiner waits for one, and who does not become one. */
import { describe, expect, test } from 'vitest'
import { clusterName, documentOf, me, row, ScriptedPeer } from '../testing/scripted.ts'
import type { ReadOutcome, Row } from './events.ts'
import type { Target } from './state.ts'

const joinOrCreate: Target = { kind: 'joinOrCreate', name: clusterName }
const create: Target = { kind: 'create', name: clusterName }
const mostRecent: Target = { kind: 'mostRecentOrCreate', fallbackName: 'attic' }
const far = (manager = 'peer-m', revision = 100, more: Partial<Row> = {}): Row => row(manager, revision, { dialable: false, ...more })

function start(target: Target, self: { addresses?: string[]; relays?: string[] } = {}): ScriptedPeer {
  const peer = new ScriptedPeer(target, {}, self)
  peer.post({ type: 'started' })
  return peer
}

/** Every read is answered with the same for `ms`; how long it took until the end. */
function answeringReads(peer: ScriptedPeer, outcome: ReadOutcome, ms: number): number {
  const since = peer.monoMs
  while (peer.monoMs - since < ms && peer.state.role.kind === 'starting') {
    const { step } = peer.state.role
    const ask = step.kind === 'reading' ? step.ask : step.kind === 'joining' ? step.read : undefined
    if (ask === undefined) peer.advance(10)
    else peer.post({ type: 'row-read', no: ask.no, outcome, versioned: true })
  }
  return peer.monoMs - since
}

const failure = (peer: ScriptedPeer) => peer.take('bootstrap-failed')[0]?.failure

describe('a row whose Manager we cannot dial', () => {
  test.each([true, false])('ends the join after one row life in which it did not change (watch: %s)', (watch) => {
    const peer = start(joinOrCreate)
    if (watch) peer.post({ type: 'watch-up' })
    const tookMs = answeringReads(peer, { kind: 'row', row: far() }, 30_000)
    expect(tookMs).toBeGreaterThanOrEqual(3_000)
    expect(tookMs).toBeLessThan(3_100)
    expect(failure(peer)).toMatchObject({ code: 'send-join', timedOut: false, manager: { peerId: 'peer-m' } })
  })

  test('ends the join too where the watch shows it for a row life, and Discovery answers no read', () => {
    const peer = start(joinOrCreate)
    peer.answerRead({ kind: 'absent' })
    peer.post({ type: 'watch-snapshot', row: far() })
    peer.post({ type: 'row-created', no: peer.takeOne('create-row').no, outcome: { kind: 'trouble', reason: 'timeout' } })
    const tookMs = answeringReads(peer, { kind: 'trouble', reason: '503' }, 30_000)
    expect(tookMs).toBeLessThan(6_000)
    expect(failure(peer)).toMatchObject({ code: 'send-join', timedOut: false, manager: { peerId: 'peer-m' } })
  })

  test('is joined where its Manager is connected to us all the same', () => {
    const peer = start(joinOrCreate)
    peer.answerRead({ kind: 'row', row: far() })
    peer.post({ type: 'connected', peer: 'peer-m' })
    const { no } = peer.takeOne('request-join')
    peer.post({ type: 'join-answered', no, outcome: { kind: 'accept', document: documentOf(['peer-m', me], 100) } })
    expect(peer.view().role).toBe('follower')
  })

  test('is waited out like a dead Manager’s: another comes, or it is swept', () => {
    const replaced = start(joinOrCreate)
    replaced.answerRead({ kind: 'row', row: far() })
    replaced.advance(2_000)
    replaced.post({ type: 'watch-changed', change: 'rotated', row: row('peer-x', 200) })
    replaced.advance(2_000)
    expect(replaced.take('set-allowed').at(-1)?.members).toMatchObject([{ peerId: 'peer-x' }])
    expect(replaced.state.role.kind).toBe('starting')

    const swept = start(joinOrCreate)
    swept.answerRead({ kind: 'row', row: far() })
    answeringReads(swept, { kind: 'absent' }, 4_000)
    expect(swept.kinds()).toContain('create-row')
  })

  test('of all clusters the next one is taken, and the newest where we are connected to its Manager', () => {
    const peer = start(mostRecent)
    peer.answerRead({ kind: 'row', row: far('peer-m', 200, { name: 'garage' }), next: row('peer-x', 100, { name: 'hall' }) })
    expect(peer.view().clusterName).toBe('hall')
    const alone = start(mostRecent)
    expect(answeringReads(alone, { kind: 'row', row: far() }, 30_000)).toBeLessThan(3_100)
    expect(failure(alone)).toMatchObject({ code: 'send-join' })
  })
})

describe('a peer that nobody can dial', () => {
  const nowhere = { addresses: [] }

  test('creates when it is told to create, with a warning', () => {
    const peer = start(create, nowhere)
    expect(peer.kinds()).toContain('create-row')
    expect(peer.take('log')).toMatchObject([{ level: 'warn' }])
  })

  test.each([joinOrCreate, mostRecent])('waits for a row and gives up at the deadline: $kind', (target) => {
    const peer = start(target, nowhere)
    expect(answeringReads(peer, { kind: 'absent' }, 40_000)).toBe(30_000)
    expect(peer.kinds()).not.toContain('create-row')
    expect(failure(peer)).toEqual({ code: 'unreachable-creator' })
  })

  test('joins the row that comes', () => {
    const peer = start(joinOrCreate, nowhere)
    answeringReads(peer, { kind: 'absent' }, 5_000)
    peer.post({ type: 'watch-changed', change: 'created', row: row('peer-m', 100) })
    peer.post({ type: 'connected', peer: 'peer-m' })
    expect(peer.take('request-join')).toHaveLength(1)
  })

  test('does not take back the row of its earlier life: it is left to be swept', () => {
    const peer = start(joinOrCreate, nowhere)
    answeringReads(peer, { kind: 'row', row: row(me, 100, { instance: 'earlier' }) }, 3_000)
    expect(peer.kinds()).not.toContain('rotate-row')
    answeringReads(peer, { kind: 'absent' }, 40_000)
    expect(failure(peer)).toEqual({ code: 'unreachable-creator' })
  })

  test('creates where it has a relay', () => {
    const peer = start(joinOrCreate, { ...nowhere, relays: ['/ip4/10.0.0.7/tcp/7'] })
    peer.answerRead({ kind: 'absent' })
    expect(peer.kinds()).toContain('create-row')
  })
})

test.each([
  ['connecting', 'no connection to it in time'],
  ['asking', 'it did not answer in time']
])('a join that times out while %s says so', (phase, reason) => {
  const peer = start({ kind: 'join', name: clusterName })
  peer.post({ type: 'watch-up' })
  peer.answerRead({ kind: 'row', row: row('peer-m', 100) })
  if (phase === 'asking') peer.post({ type: 'connected', peer: 'peer-m' })
  answeringReads(peer, { kind: 'row', row: row('peer-m', 100) }, 40_000)
  expect(failure(peer)).toMatchObject({ code: 'send-join', reason, timedOut: true, manager: { peerId: 'peer-m' } })
})
