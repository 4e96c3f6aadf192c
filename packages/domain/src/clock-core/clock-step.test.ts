import { beforeEach, expect, test } from 'vitest'
import type { ClockCluster, ClockEffect, ClockEvent, ClockRequest, ClockState } from './clock-state.ts'
import { clockStep, initialClockState, nextClockDeadline } from './clock-step.ts'

type Ask = Extract<ClockEffect, { type: 'ask' }>
type Outcome = Extract<ClockEvent, { type: 'clock-answered' }>['outcome']

let state: ClockState
let nowMs: number
/** What was asked, as `peer request`, and every other effect by its type. */
let done: string[]
/** What comes of a request; `undefined`: no answer ever. */
let outcomeOf: (request: ClockRequest, peer: string) => Outcome | undefined
let asks: Ask[]

beforeEach(() => {
  state = initialClockState({ localPeerId: 'me', domainRestartAfterMs: 10_000 })
  nowMs = 1_000
  done = []
  asks = []
  outcomeOf = () => 'read'
  among({ managerPeerId: 'm', memberCount: 3 })
})

function post(event: ClockEvent): void {
  const step = clockStep(state, event, { monoMs: nowMs, wallNs: 0n })
  state = step.state
  for (const effect of step.effects) perform(effect)
}

function perform(effect: ClockEffect): void {
  done.push(effect.type === 'ask' ? `${effect.peer} ${effect.request}` : effect.type)
  if (effect.type !== 'ask') return
  asks.push(effect)
  const outcome = outcomeOf(effect.request, effect.peer)
  if (outcome !== undefined) post({ type: 'clock-answered', peer: effect.peer, no: effect.no, outcome })
}

function among(changed: Partial<ClockCluster>): void {
  post({ type: 'cluster-changed', cluster: { ...state.cluster, clusterName: 'lab', ...changed } })
}

/** Lets time pass, and wakes the machine whenever it wants to be woken. */
function advance(ms: number): void {
  const endMs = nowMs + ms
  for (let at = nextClockDeadline(state); at <= endMs; at = nextClockDeadline(state)) {
    nowMs = Math.max(nowMs, at)
    post({ type: 'woken' })
  }
  nowMs = endMs
}

const want = (peer: string): void => post({ type: 'clock-wanted', peer })
const release = (peer: string): void => post({ type: 'clock-unwanted', peer })
const follow = (followedPeerId: string | undefined): void => among({ managerPeerId: followedPeerId, followedPeerId })
const taken = (): string[] => done.splice(0)

const supportsNoBursts = (request: ClockRequest): Outcome => (request === 'info' ? 'read' : 'unsupported')

test('the clock of a new Manager is measured at once, by a short burst and a long one; another one in its place; nobody when we follow none', () => {
  follow('m')
  follow('m')
  expect(taken()).toEqual(['m 8', 'm 64'])
  follow('n')
  expect(taken()).toEqual(['n 8', 'n 64'])
  expect([...state.watches.keys()]).toEqual(['n'])
  follow(undefined)
  expect(nextClockDeadline(state)).toBe(Number.POSITIVE_INFINITY)
  expect(taken()).toEqual([])
})

/** At which seconds a clock is measured while it is wanted. */
function measuredAt(untilSeconds: number): number[] {
  want('b')
  taken()
  const at: number[] = []
  for (let seconds = 1; seconds <= untilSeconds; seconds++) {
    advance(1_000)
    const asked = taken()
    for (const each of asked) expect(['b 8', 'b 64']).toContain(each)
    if (asked.includes('b 64')) at.push(seconds)
  }
  release('b')
  return at
}

const pausesOf = (at: readonly number[]): Set<number> => new Set(at.slice(1).map((seconds, no) => seconds - at[no]!))

test('a clock is measured every 2 s at first, then in turns with the other members, two at a time', () => {
  const at = measuredAt(60)
  expect(at.slice(0, 4)).toEqual([2, 4, 6, 8])
  expect(pausesOf(at.slice(4))).toEqual(new Set([4]))
  among({ memberCount: 2 })
  expect(pausesOf(measuredAt(30))).toEqual(new Set([2]))
  among({ memberCount: 101 })
  expect(pausesOf(measuredAt(500))).toEqual(new Set([102]))
  advance(60_000)
  expect(taken()).toEqual([])
})

test('a clock that is wanted is read at least once a minute, however many members take turns, and however many attempts fail', () => {
  among({ memberCount: 1_000 })
  want('b')
  const readAt: number[] = []
  let failures = 0
  outcomeOf = () => {
    if (failures-- > 0) return 'failed'
    readAt.push(nowMs)
    failures = 3
    return 'read'
  }
  advance(900_000)
  const pausesMs = [...readAt.slice(1), nowMs].map((at, no) => at - readAt[no]!)
  expect(Math.max(...pausesMs)).toBeLessThan(60_000)
  expect(readAt.length, 'and not much more often').toBeLessThan(900 / 40 + 8)
})

test('a clock that could not be read when it was wanted is tried again at every look', () => {
  among({ memberCount: 1_000 })
  outcomeOf = () => 'failed'
  want('b')
  advance(30_000)
  expect(taken()).toEqual(Array(16).fill('b 8'))
  outcomeOf = () => 'read'
  advance(40_000)
  expect(taken()).toEqual(['b 8'])
})

test('the members of a large cluster spread over the turns, and begin with short bursts', () => {
  const firstAsked = (localPeerId: string): number => {
    state = initialClockState({ localPeerId, domainRestartAfterMs: 0 })
    among({ managerPeerId: 'm', memberCount: 100 })
    want('b')
    expect(taken()).toEqual(['b 8'])
    const beganMs = nowMs
    while (!taken().includes('b 64')) advance(2_000)
    return nowMs - beganMs
  }
  const places = new Set(Array.from('abcdefghijklmnopqrst', (letter) => firstAsked(`peer-${letter}-1`)))
  expect(places.size).toBeGreaterThan(10)
  expect(Math.max(...places)).toBeLessThanOrEqual(100_000)
})

test('a peer that supports no bursts is asked for its info: four times at first, then every 2 s, not where heartbeats bring samples', () => {
  outcomeOf = supportsNoBursts
  want('b')
  expect(taken()).toEqual(['b 8', 'b info', 'b info', 'b info', 'b info'])
  advance(4_000)
  expect(taken()).toEqual(['b info', 'b info'])
  among({ managerPeerId: 'b' })
  advance(10_000)
  among({ managerPeerId: 'me' })
  advance(10_000)
  expect(taken()).toEqual([])
  among({ managerPeerId: 'm' })
  advance(2_000)
  expect(taken()).toEqual(['b info'])
  among({ managerPeerId: 'me' })
  want('c')
  expect(taken()).toEqual(['c 8'])
})

test('a request that fails ends the measurement; the next look begins another', () => {
  outcomeOf = () => 'failed'
  want('b')
  expect(taken()).toEqual(['b 8'])
  advance(2_000)
  expect(taken()).toEqual(['b 64'])
  outcomeOf = (request) => (request === 'info' ? 'failed' : 'unsupported')
  advance(2_000)
  expect(taken()).toEqual(['b 64', 'b info'])
})

test('one measurement of a clock at a time, for everybody who wants it', () => {
  outcomeOf = () => undefined
  follow('b')
  want('b')
  advance(4_000)
  post({ type: 'clock-jumped' })
  expect(taken()).toEqual(['b 8', 'drop-samples'])
  follow(undefined)
  expect(state.watches.has('b')).toBe(true)
  release('b')
  expect(state.watches.size).toBe(0)
})

test('an answer to a request of before the clock was released leads to nothing', () => {
  outcomeOf = () => undefined
  want('b')
  release('b')
  want('b')
  expect(taken()).toEqual(['b 8', 'b 8'])
  const [former, present] = asks.map(({ peer, no }) => ({ type: 'clock-answered', peer, no, outcome: 'read' }) as const)
  post(former!)
  expect(taken()).toEqual([])
  post(present!)
  expect(taken()).toEqual(['b 64'])
})

test('when the clock jumped the samples are dropped first, then every watched clock is measured as if it was new', () => {
  want('b')
  want('c')
  advance(30_000)
  taken()
  post({ type: 'clock-jumped' })
  expect(taken()).toEqual(['drop-samples', 'b 8', 'b 64', 'c 8', 'c 64'])
  advance(2_000)
  expect(taken()).toEqual(['b 64', 'c 64'])
})

test('a domain clock that is to be continued is tried again at every sample until it is', () => {
  post({ type: 'domain-clock', action: 'inherit' })
  post({ type: 'sample-taken' })
  expect(taken()).toEqual(['inherit', 'inherit'])
  post({ type: 'inherited' })
  post({ type: 'sample-taken' })
  advance(60_000)
  expect(taken()).toEqual([])
})

test('one that no member can continue starts anew after 10 s, once, and that is said', () => {
  post({ type: 'domain-clock', action: 'inherit' })
  advance(9_999)
  expect(taken()).toEqual(['inherit'])
  advance(1)
  expect(taken()).toEqual(['warn', 'start'])
  post({ type: 'sample-taken' })
  advance(60_000)
  expect(taken()).toEqual([])
})

test('while a member backs a known source it is waited for, and not a moment longer', () => {
  post({ type: 'domain-clock', action: 'inherit' })
  among({ isBacked: true })
  advance(60_000)
  expect(taken()).toEqual(['inherit'])
  among({ isBacked: false })
  advance(0)
  expect(taken()).toEqual(['warn', 'start'])
})

test.each(['start', 'withdraw'] as const)('after "%s" nothing is continued any more', (action) => {
  post({ type: 'domain-clock', action: 'inherit' })
  post({ type: 'domain-clock', action })
  expect(taken()).toEqual(['inherit', action])
  post({ type: 'sample-taken' })
  advance(60_000)
  expect(taken()).toEqual([])
})

test('a step leaves the state it began with as it was', () => {
  want('b')
  const before = structuredClone(state)
  const given = state
  clockStep(given, { type: 'clock-wanted', peer: 'c' }, { monoMs: nowMs, wallNs: 0n })
  clockStep(given, { type: 'clock-jumped' }, { monoMs: nowMs, wallNs: 0n })
  clockStep(given, { type: 'domain-clock', action: 'inherit' }, { monoMs: nowMs, wallNs: 0n })
  expect(given).toEqual(before)
})
