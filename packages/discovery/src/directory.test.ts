import { describe, expect, test } from 'vitest'
import { type At, type Command, counterStartAt, createDirectory, type Directory, type DirectoryEvent } from './directory.ts'
import type { Claim, DirectoryRow } from './row.ts'

const claim = (managerPeerId: string, instance = ''): Claim => ({
  managerPeerId,
  managerMultiaddrs: [`/dns4/${managerPeerId}/tcp/1`],
  relayMultiaddrs: [],
  instance
})
const at = (nowMs: number): At => ({ nowMs, unixNs: BigInt(nowMs) * 1_000_000n })

describe('the directory', () => {
  test('tells what happened: sweeps first, then the command', () => {
    const directory = createDirectory({ counterStart: 100 })
    directory.apply({ kind: 'create', name: 'old', claim: claim('a') }, at(0))
    const { outcome, events } = directory.apply({ kind: 'create', name: 'new', claim: claim('b', 'i') }, at(3_000))
    const row: DirectoryRow = {
      name: 'new',
      ...claim('b', 'i'),
      peerCount: 1,
      createdNs: 3_000_000_000n,
      lastLivenessCheckNs: 3_000_000_000n,
      revision: 103,
      sweepAfterMs: 3_000
    }
    expect(outcome).toEqual({ kind: 'created', row })
    expect(events).toEqual([
      { type: 'swept', counter: 102, row: expect.objectContaining({ name: 'old', revision: 101 }), unixNs: 3_000_000_000n },
      { type: 'created', counter: 103, row, unixNs: 3_000_000_000n }
    ])
  })

  test('a command that fails makes no event of its own, and moves no counter', () => {
    const directory = createDirectory({ counterStart: 0, rowsMax: 1 })
    directory.apply({ kind: 'create', name: 'a', claim: claim('a') }, at(0))
    const failing: Command[] = [
      { kind: 'create', name: 'a', claim: claim('b') },
      { kind: 'create', name: 'b', claim: claim('b') },
      { kind: 'refresh', name: 'a', peerCount: 2, ifMatch: 9 },
      { kind: 'rotate', name: 'a', claim: claim('b'), ifMatch: 9 },
      { kind: 'delete', name: 'a', ifMatch: 9 },
      { kind: 'delete', name: 'b' }
    ]
    const kinds = failing.map((command) => {
      const { outcome, events } = directory.apply(command, at(1))
      expect(events).toEqual([])
      return outcome.kind
    })
    expect(kinds).toEqual(['exists', 'full', 'mismatch', 'mismatch', 'mismatch', 'missing'])
    expect(directory.counter).toBe(1)
  })

  test('a row goes at its due time, to the millisecond', () => {
    const directory = createDirectory({ counterStart: 0, sweepAfterMs: 250 })
    expect(directory.nextDueMs()).toBe(Number.POSITIVE_INFINITY)
    directory.apply({ kind: 'create', name: 'a', claim: claim('a') }, at(10))
    expect(directory.nextDueMs()).toBe(260)
    expect(directory.sweep(at(259))).toEqual([])
    expect(directory.get('a')).toBeDefined()
    expect(directory.sweep(at(260))).toMatchObject([{ type: 'swept', row: { name: 'a' } }])
    expect(directory.get('a')).toBeUndefined()
  })

  test('the earliest due row is known whatever is stamped when', () => {
    const directory = createDirectory({ counterStart: 0 })
    for (const [name, nowMs] of [
      ['a', 0],
      ['b', 10],
      ['c', 20]
    ] as const)
      directory.apply({ kind: 'create', name, claim: claim(name) }, at(nowMs))
    directory.apply({ kind: 'refresh', name: 'a', peerCount: 1 }, at(30))
    expect(directory.nextDueMs()).toBe(3_010)
    directory.apply({ kind: 'rotate', name: 'b', claim: claim('x') }, at(40))
    expect(directory.nextDueMs()).toBe(3_020)
    expect(directory.sweep(at(9_999)).map(({ row }) => row.name)).toEqual(['c', 'a', 'b'])
  })

  test('a row lives as long as was asked for, up to the maximum; where nothing was asked a new one lives as usual and a standing one as before', () => {
    const directory = createDirectory({ counterStart: 0, sweepAfterMs: 1_000, rowLifeMaxMs: 15_000 })
    const life = (kind: 'create' | 'rotate', name: string, rowLifeMs?: number) => {
      const { outcome } = directory.apply({ kind, name, claim: { ...claim('a'), rowLifeMs } }, at(0))
      return 'row' in outcome ? [outcome.row.sweepAfterMs, directory.nextDueMs()] : outcome
    }
    expect(life('create', 'a', 15_000)).toEqual([15_000, 15_000])
    expect(life('create', 'b', 60_000)).toEqual([15_000, 15_000])
    expect(life('create', 'c', 4_000)).toEqual([4_000, 4_000])
    expect(life('create', 'd')).toEqual([1_000, 1_000])
    expect(life('rotate', 'd', 8_000)).toEqual([8_000, 4_000])
    expect(life('rotate', 'd')).toEqual([8_000, 4_000])
    expect(life('rotate', 'a', 3_000)).toEqual([3_000, 3_000]) // the earliest of all moves to an earlier time
    directory.apply({ kind: 'refresh', name: 'a', peerCount: 1 }, at(2_000))
    expect(directory.get('a')).toMatchObject({ sweepAfterMs: 3_000 })
    expect(directory.get('a')).not.toHaveProperty('rowLifeMs')
    expect(directory.sweep(at(99_999)).map(({ row }) => row.name)).toEqual(['c', 'a', 'd', 'b'])
  })

  test('a clock that goes back is taken to stand still', () => {
    const directory = createDirectory({ counterStart: 0 })
    directory.apply({ kind: 'create', name: 'a', claim: claim('a') }, at(1_000))
    directory.apply({ kind: 'create', name: 'b', claim: claim('b') }, at(500))
    expect(directory.sweep(at(3_999))).toEqual([])
    expect(directory.sweep(at(4_000))).toHaveLength(2)
  })

  test('the wall clock decides nothing but stamps', () => {
    const directory = createDirectory({ counterStart: 0 })
    directory.apply({ kind: 'create', name: 'a', claim: claim('a') }, { nowMs: 0, unixNs: 5_000_000_000_000n })
    directory.apply({ kind: 'refresh', name: 'a', peerCount: 1 }, { nowMs: 2_999, unixNs: 1n })
    expect(directory.get('a')).toMatchObject({ createdNs: 5_000_000_000_000n, lastLivenessCheckNs: 1n })
    expect(directory.sweep({ nowMs: 5_998, unixNs: 9_000_000_000_000_000_000n })).toEqual([])
  })

  test('rows are values: what a caller does to its claim afterwards changes none, and nothing extra gets in', () => {
    const directory = createDirectory({ counterStart: 0 })
    const addresses = ['/dns4/a/tcp/1']
    const given = { ...claim('a'), managerMultiaddrs: addresses, revision: 7, name: 'evil', peerCount: 99 }
    directory.apply({ kind: 'create', name: 'a', claim: given }, at(0))
    given.managerPeerId = 'b'
    addresses.push('/memory/1')
    expect(directory.get('a')).toMatchObject({
      name: 'a',
      managerPeerId: 'a',
      managerMultiaddrs: ['/dns4/a/tcp/1'],
      revision: 1,
      peerCount: 1
    })
    directory.apply({ kind: 'rotate', name: 'a', claim: given }, at(0))
    expect(directory.get('a')).toMatchObject({ name: 'a', managerPeerId: 'b', revision: 2, peerCount: 1 })
  })

  test('the counter starts at unix milliseconds times 1000, within what a number holds', () => {
    expect(counterStartAt(1_700_000_000_123_456_789n)).toBe(1_700_000_000_123_000)
    expect(Number.isSafeInteger(counterStartAt(8_000_000_000_000n * 1_000_000n))).toBe(true)
    expect(() => createDirectory({ counterStart: 2 ** 53 })).toThrowError(expect.objectContaining({ code: 'bad-option' }))
  })
})

describe('whatever is asked, in whatever order', () => {
  for (let seed = 1; seed <= 40; seed++) {
    test(`seed ${seed}: one row a name, revisions grow, create overwrites nothing, no write is lost`, () => run(seed))
  }
})

/** 400 random commands against a model that is as plain as can be: for each name, the last row we were told of and when it was stamped. */
function run(seed: number): void {
  const draw = randomBelow(seed)
  const directory = createDirectory({ counterStart: 1_000, sweepAfterMs: 50, rowsMax: 5 })
  const model = new Map<string, { row: DirectoryRow; stampedMs: number }>()
  let nowMs = 0
  let counter = directory.counter
  const believe = (event: DirectoryEvent) => {
    const known = model.get(event.row.name)
    if (event.type === 'refreshed') expect(event.counter).toBe(counter)
    else expect(event.counter).toBeGreaterThan(counter)
    counter = event.counter
    if (event.type === 'created') expect(known).toBeUndefined()
    else expect(known).toBeDefined()
    if (event.type === 'swept') expect(nowMs - known!.stampedMs).toBeGreaterThanOrEqual(known!.row.sweepAfterMs)
    if (event.type === 'swept' || event.type === 'deleted') {
      expect(event.row).toEqual(known!.row)
      model.delete(event.row.name)
    } else model.set(event.row.name, { row: event.row, stampedMs: nowMs })
  }
  for (let step = 0; step < 400; step++) {
    nowMs += draw(20)
    const name = `c${draw(7)}`
    const command = randomCommand(name, model.get(name)?.row.revision, draw)
    const { outcome, events } = directory.apply(command, at(nowMs))
    const before = rowAfterSweeps(model.get(name)?.row, events)
    events.forEach(believe)
    checkOutcome(command, outcome.kind, before)
    checkAgreement(directory, model, nowMs)
  }
}

function rowAfterSweeps(row: DirectoryRow | undefined, events: readonly DirectoryEvent[]): DirectoryRow | undefined {
  return events.some((event) => event.type === 'swept' && event.row === row) ? undefined : row
}

function randomCommand(name: string, revision: number | undefined, draw: (n: number) => number): Command {
  const ifMatch = [undefined, revision, revision === undefined ? 1 : revision - 1][draw(3)]
  const rowLifeMs = [undefined, 20, 90][draw(3)] // ranges are checked where requests come in
  switch (draw(4)) {
    case 0:
      return { kind: 'create', name, claim: { ...claim(`p${draw(9)}`), rowLifeMs } }
    case 1:
      return { kind: 'rotate', name, claim: { ...claim(`p${draw(9)}`), rowLifeMs }, ifMatch }
    case 2:
      return { kind: 'delete', name, ifMatch }
    default:
      return { kind: 'refresh', name, peerCount: draw(100), ifMatch }
  }
}

/** The rules, told once more from the outside. */
function checkOutcome(command: Command, kind: string, before: DirectoryRow | undefined): void {
  if (command.kind === 'create') {
    expect(kind).toBeOneOf(before === undefined ? ['created', 'full'] : ['exists'])
    return
  }
  const done = { refresh: 'refreshed', rotate: 'rotated', delete: 'deleted' }[command.kind]
  if (before === undefined) expect(kind).toBe('missing')
  else expect(kind).toBe(command.ifMatch === undefined || command.ifMatch === before.revision ? done : 'mismatch')
}

function checkAgreement(directory: Directory, model: Map<string, { row: DirectoryRow; stampedMs: number }>, nowMs: number): void {
  const rows = directory.list()
  expect(new Set(rows.map(({ name }) => name)).size).toBe(rows.length)
  expect(new Set(rows)).toEqual(new Set([...model.values()].map(({ row }) => row)))
  expect(rows.length).toBeLessThanOrEqual(5)
  for (const row of rows) {
    expect(directory.get(row.name)).toBe(row)
    expect(row.revision).toBeLessThanOrEqual(directory.counter)
  }
  const due = Math.min(...[...model.values()].map(({ row, stampedMs }) => stampedMs + row.sweepAfterMs))
  expect(directory.nextDueMs()).toBe(due)
  expect(due).toBeGreaterThan(nowMs)
}

function randomBelow(seed: number): (n: number) => number {
  let state = seed * 0x9e3779b1
  return (n) => {
    state = (state + 0x6d2b79f5) | 0
    let t = Math.imul(state ^ (state >>> 15), 1 | state)
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t
    return ((t ^ (t >>> 14)) >>> 0) % n
  }
}
