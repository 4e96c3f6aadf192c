/** Every ring of requests has a pause: what a Discovery that contradicts itself gets to hear, and when it ends. */
import { describe, expect, test } from 'vitest'
import { clusterName, me, row, ScriptedPeer } from '../testing/scripted.ts'
import type { Effect } from './effect.ts'
import type { CreateOutcome, Event } from './events.ts'
import type { Target } from './state.ts'

type Answers = (question: string) => Extract<Event, { type: `row-${string}` }>['outcome'] | undefined

const eventOf: Readonly<Record<string, string>> = {
  'read-row': 'row-read',
  'create-row': 'row-created',
  'refresh-row': 'row-refreshed',
  'rotate-row': 'row-rotated'
}

/** Lets a Discovery answer at once for `ms`: when each kind of request came, from the start on. */
function ask(peer: ScriptedPeer, answers: Answers, ms: number): { readonly kind: string; readonly at: number }[] {
  const asked: { kind: string; at: number }[] = []
  const since = peer.monoMs
  const answered = new Set<number>()
  const look = (): boolean => {
    const open = peer
      .peek()
      .find((effect): effect is Effect & { no: number } => effect.type in eventOf && 'no' in effect && !answered.has(effect.no))
    if (open === undefined) return false
    answered.add(open.no)
    asked.push({ kind: open.type, at: peer.monoMs - since })
    const outcome = answers(open.type)
    if (outcome !== undefined) peer.post({ type: eventOf[open.type], no: open.no, outcome, versioned: true } as Event)
    return true
  }
  for (let elapsed = 0; elapsed <= ms; elapsed += 10) {
    let burst = 0
    while (look()) if (++burst > 50) throw new Error(`flooded: ${asked.slice(-6).map(({ kind }) => kind)}`)
    peer.advance(10)
  }
  return asked
}

const writes = (asked: readonly { kind: string; at: number }[]) => asked.filter(({ kind }) => kind !== 'read-row').map(({ at }) => at)
const gaps = (times: readonly number[]) => times.slice(1).map((at, index) => at - times[index]!)

function start(target: Target): ScriptedPeer {
  const peer = new ScriptedPeer(target)
  peer.post({ type: 'started' })
  return peer
}

const joinOrCreate: Target = { kind: 'joinOrCreate', name: clusterName }
const trouble = { kind: 'trouble', reason: 'POST was answered 503 full' } as const
const ours = { kind: 'row', row: row(me, 100, { instance: 'mine' }) } as const

describe('bootstrap', () => {
  const rings: Record<string, Answers> = {
    'a create that is refused': (question) => (question === 'read-row' ? { kind: 'absent' } : trouble),
    'a claim that is refused': (question) => (question === 'read-row' ? ours : trouble),
    'a claim under a revision that is never right': (question) => (question === 'read-row' ? ours : { ...ours, kind: 'conflict' }),
    'a row that is there for a create and gone for a claim': (question) =>
      question === 'read-row' || question === 'rotate-row' ? { kind: 'absent' } : { ...ours, kind: 'exists' }
  }

  test.each(Object.entries(rings))('%s: 250 ms, doubling to 2 s, and the deadline ends it', (_name, answers) => {
    const peer = start(joinOrCreate)
    const asked = ask(peer, answers, 31_000)
    const between = gaps(writes(asked))
    expect(between.slice(0, 4)).toEqual([250, 500, 1_000, 2_000])
    expect(Math.min(...between.slice(3))).toBe(2_000)
    expect(asked.length).toBeLessThan(60)
    expect(peer.state.role.kind).toBe('ended')
  })

  test('the error says what the create was refused for, though the reads were answered', () => {
    const peer = start(joinOrCreate)
    ask(peer, rings['a create that is refused']!, 31_000)
    expect(peer.take('bootstrap-failed')[0]?.failure).toEqual({ code: 'discovery', question: 'create', reason: trouble.reason })
  })

  test('target create asks once, looks once whether it was committed, and says why not', () => {
    const peer = start({ kind: 'create', name: clusterName })
    const asked = ask(peer, rings['a create that is refused']!, 1_000)
    expect(asked.map(({ kind }) => kind)).toEqual(['create-row', 'read-row'])
    expect(peer.take('bootstrap-failed')[0]?.failure).toEqual({ code: 'discovery', question: 'create', reason: trouble.reason })
  })

  test.each(['read-row', 'create-row', 'rotate-row'])(
    'a Discovery that goes silent on %s: over at the deadline, not when the request is',
    (mute) => {
      const peer = start(joinOrCreate)
      const answers: Answers = (question) => {
        if (peer.monoMs > 29_900 && question === mute) return undefined
        if (question === 'read-row') return mute === 'rotate-row' ? ours : { kind: 'absent' }
        return trouble
      }
      ask(peer, answers, 30_000)
      expect(peer.state.role.kind).toBe('ended')
    }
  )
})

describe('a Manager', () => {
  const rings: Record<string, Answers> = {
    '404, and a create that finds our row': (question) => (question === 'create-row' ? { ...ours, kind: 'exists' } : { kind: 'absent' }),
    '412 under whatever revision': () => ({ kind: 'conflict', row: ours.row }),
    '404, and a create that is committed and forgotten': (question) =>
      question === 'create-row' ? { ...ours, kind: 'created' } : { kind: 'absent' }
  }

  test.each(Object.entries(rings))('%s: no more than two extra writes, then one an interval', (_name, answers) => {
    const peer = ScriptedPeer.manager(['peer-b'])
    const between = gaps(writes(ask(peer, answers, 20_000)))
    expect(between.length).toBeLessThan(24)
    expect(Math.min(...between)).toBeGreaterThanOrEqual(250)
    expect(Math.min(...between.slice(3))).toBe(1_000)
  })

  test('a watch that shouts “swept” makes it ask four times at once, then once a second', () => {
    const peer = ScriptedPeer.manager()
    let asked: number[] = []
    const since = peer.monoMs
    for (let elapsed = 0; elapsed < 10_000; elapsed += 20) {
      peer.advance(20)
      peer.post({ type: 'watch-changed', change: 'swept', row: row(me, 100) })
      for (const { no } of peer.take('refresh-row')) {
        asked = [...asked, peer.monoMs - since]
        peer.post({ type: 'row-refreshed', no, outcome: { kind: 'ok', row: row(me, 100, { instance: 'mine' }) } })
      }
    }
    expect(asked.length).toBeLessThan(24)
  })

  test('Discovery away is no ring: once it is back without the row, the create leaves as soon as at the first time', () => {
    const peer = ScriptedPeer.manager(['peer-b'])
    const created: CreateOutcome = { kind: 'created', row: row(me, 200, { instance: 'mine' }) }
    const lost: Answers = (question) => (question === 'create-row' ? created : { kind: 'absent' })
    const [since, awayUntil] = [peer.monoMs, peer.monoMs + 7_500]
    const asked = ask(peer, (question) => (peer.monoMs > awayUntil || peer.monoMs - since < 1_300 ? lost(question) : trouble), 10_000)
    const create = asked.find(({ kind, at }) => kind === 'create-row' && since + at > awayUntil)!
    const check = asked.findLast(({ kind, at }) => kind === 'refresh-row' && at < create.at)!
    expect(create.at - check.at).toBe(250)
  })
})

describe('a follower', () => {
  test('a claim that is never under the right revision', () => {
    const peer = ScriptedPeer.follower()
    peer.post({ type: 'watch-changed', change: 'rotated', row: row(me, 200) })
    const answers: Answers = (question) => ({ kind: question === 'read-row' ? 'row' : 'conflict', row: row(me, 200) })
    const between = gaps(writes(ask(peer, answers, 20_000)))
    expect(between.slice(0, 4)).toEqual([250, 500, 1_000, 2_000])
    expect(between.length).toBeLessThan(14)
  })
})
