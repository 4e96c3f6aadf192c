/** The judge of a chaos run finds what it is there to find: every rule is broken once in a made-up history. */
import { expect, test } from 'vitest'
import type { Entry } from '../../scripts/chaos/history.ts'
import { judge } from '../../scripts/chaos/judge.ts'
import type { Commit } from '../../scripts/chaos/messages.ts'

const ns = (ms: number): bigint => BigInt(ms) * 1_000_000n
const commit = (atMs: number, what: Commit['what'], revision: number, managerPeerId: string): Entry => ({
  kind: 'commit',
  atNs: ns(atMs),
  what,
  revision,
  managerPeerId
})
const held = (who: string, epoch: number, fromMs: number, toMs: number): Entry => ({
  kind: 'held',
  who,
  peerId: who.slice(0, 1),
  epoch,
  fromNs: ns(fromMs),
  toNs: ns(toMs)
})
const frozen = (who: string, fromMs: number, toMs: number): Entry => ({ kind: 'frozen', who, fromNs: ns(fromMs), toNs: ns(toMs) })

interface Document {
  readonly manager: string
  readonly epoch: number
  readonly version: number
  readonly joined?: Readonly<Record<string, bigint>>
  readonly gone?: readonly string[]
}

function view(who: string, atMs: number, { manager, epoch, version, joined = { a: 1n, b: 2n, c: 3n }, gone = [] }: Document): Entry {
  const peerId = who.slice(0, 1)
  const role = manager === peerId ? 'manager' : 'follower'
  const members = new Map(Object.entries(joined))
  return { kind: 'view', who, view: { atNs: ns(atMs), peerId, role, managerPeerId: manager, epoch, version, members, gone } }
}

const options = { rowLifeMs: 3_000, agreeWithinMs: 30_000 }

/** The rules that are broken, by a word of each. */
function broken(...history: Entry[]): string[] {
  return judge(history, options).flatMap(({ rule, violations }) => (violations.length > 0 ? [rule] : []))
}

/** a reigns, is stopped at 2 s, swept; b follows it; a goes on at 12 s and follows b. */
const takeover: Entry[] = [
  commit(1_000, 'created', 10, 'a'),
  view('a#1', 1_001, { manager: 'a', epoch: 10, version: 1 }),
  view('c#1', 1_010, { manager: 'a', epoch: 10, version: 1 }),
  held('a#1', 10, 1_005, 2_000),
  commit(1_900, 'refreshed', 10, 'a'),
  commit(4_900, 'swept', 10, 'a'),
  commit(5_000, 'created', 12, 'b'),
  view('b#1', 5_002, { manager: 'b', epoch: 12, version: 1 }),
  view('c#1', 5_010, { manager: 'b', epoch: 12, version: 1 }),
  held('b#1', 12, 5_003, 13_000),
  frozen('a#1', 2_001, 12_001),
  view('a#1', 12_100, { manager: 'b', epoch: 12, version: 1 })
]

const two = 'never two confirmed Managers at one instant'
const granted = "the role is held within a reign that Discovery's log has"
const silent = 'a Manager stopped for longer than a row lives never acts as Manager again'
const joinTimes = 'the join time of a member that stays never moves'
const oneText = 'a version of the document says the same to all'
const forward = 'nobody goes back to an older document'

test('a takeover breaks nothing, and every rule looked at something', () => {
  const rulings = judge([...takeover, { kind: 'mended', atNs: ns(14_000), tookMs: 20, disagreement: undefined }], options)
  expect(rulings.flatMap(({ violations }) => violations)).toEqual([])
  expect(rulings.filter(({ checks }) => checks === 0).map(({ rule }) => rule)).toEqual([joinTimes])
})

test('two who hold the role at one instant', () => {
  expect(broken(...takeover, held('b#1', 12, 13_000, 13_500), commit(13_400, 'rotated', 13, 'c'), held('c#1', 13, 13_401, 13_600))).toEqual(
    [two, granted]
  )
})

test('a lease may outlast a directory that lost its rows, but not for longer than a row lives', () => {
  const reborn = (lastMs: number): Entry[] => [
    commit(1_000, 'created', 10, 'a'),
    held('a#1', 10, 1_005, lastMs),
    { kind: 'rows-lost', atNs: ns(2_000) },
    commit(2_500, 'created', 20, 'b'),
    held('b#1', 20, 2_501, 9_000)
  ]
  expect(broken(...reborn(4_900))).toEqual([])
  expect(broken(...reborn(5_100))).toEqual([two, granted])
})

test('a role held before its commit, after its end, or without one', () => {
  expect(broken(commit(1_000, 'created', 10, 'a'), held('a#1', 10, 990, 1_100))).toEqual([granted])
  expect(broken(commit(1_000, 'created', 10, 'a'), commit(4_000, 'swept', 10, 'a'), held('a#1', 10, 1_100, 4_001))).toEqual([granted])
  expect(broken(held('a#1', 10, 1_000, 1_100))).toEqual([granted])
  expect(broken(commit(1_000, 'created', 10, 'b'), held('a#1', 10, 1_100, 1_200))).toEqual([granted])
})

test('a stopped Manager that goes on with its old reign', () => {
  const row = commit(12_400, 'refreshed', 10, 'a')
  expect(broken(...takeover, row)).toEqual([silent])
  expect(broken(...takeover.slice(0, -1), view('a#1', 12_002, { manager: 'a', epoch: 10, version: 2 }))).toEqual([silent])
  expect(broken(...takeover, view('d#1', 12_300, { manager: 'a', epoch: 10, version: 1 }))).toEqual([silent])
  expect(broken(...takeover, held('a#1', 10, 12_002, 12_002))).toEqual([two, granted, silent])
})

test('what a Manager sent before it was stopped may reach late whoever was stopped or cut off, too', () => {
  const late = view('d#1', 12_300, { manager: 'a', epoch: 10, version: 1 })
  expect(broken(...takeover, late, frozen('d#1', 1_500, 12_200))).toEqual([])
  expect(broken(...takeover, late, { kind: 'cut', from: 'a', to: 'd', fromNs: ns(1_500), toNs: ns(12_290) })).toEqual([])
  expect(broken(...takeover, late, { kind: 'cut', from: 'a', to: 'c', fromNs: ns(1_500), toNs: ns(12_290) })).toEqual([silent])
})

test('a join time that moves, unless its peer was gone in between', () => {
  const moved = { a: 1n, b: 2n, c: 9n }
  expect(broken(...takeover, view('b#1', 13_000, { manager: 'b', epoch: 12, version: 2, joined: moved }))).toEqual([joinTimes])
  expect(broken(...takeover, view('b#1', 13_000, { manager: 'b', epoch: 12, version: 2, joined: moved, gone: ['c'] }))).toEqual([])
})

test('one version that says two things', () => {
  expect(broken(...takeover, view('d#1', 13_000, { manager: 'b', epoch: 12, version: 1, joined: { a: 1n, b: 2n } }))).toEqual([oneText])
})

test('a step back to an older document', () => {
  const step = view('c#1', 9_000, { manager: 'b', epoch: 12, version: 3 })
  expect(broken(...takeover, step, view('c#1', 9_100, { manager: 'b', epoch: 12, version: 2 }))).toEqual([forward])
})

test('no agreement, a late one, and a process that ends by itself', () => {
  const mended = (tookMs: number, disagreement?: string): Entry => ({ kind: 'mended', atNs: ns(14_000), tookMs, disagreement })
  expect(broken(mended(100, 'Discovery has no row'))).toHaveLength(1)
  expect(broken(mended(30_001))).toHaveLength(1)
  expect(broken({ kind: 'died', who: 'a#1', atNs: ns(1), why: 'ended with 1' })).toHaveLength(1)
})
