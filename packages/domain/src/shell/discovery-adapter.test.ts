import { ManualClock } from '@auki/canonical/testing'
import { DiscoveryClientError, type DiscoveryClusterEntry, type DiscoveryWatch } from '@auki/network'
import { expect, test } from 'vitest'
import type { Event } from '../core/index.ts'
import { type Discovery, type DiscoveryParts, discoveryPerformers, rowOf } from './discovery-adapter.ts'
import type { Failures } from './failures.ts'

const entry: DiscoveryClusterEntry = {
  name: 'lab',
  managerPeerId: 'me',
  managerMultiaddrs: ['/ip4/10.0.0.1/tcp/1'],
  relayMultiaddrs: [],
  peerCount: 3,
  createdNs: 1n,
  lastLivenessCheckNs: 2n,
  revision: 42,
  sweepAfterMs: 3_000,
  instance: 'i'
}
const dialable = () => true
const row = rowOf(entry, dialable)

const unexpected = (): never => {
  throw new Error('must not be asked')
}

function setup(
  answers: Partial<Discovery>,
  {
    abandoned = false,
    canDial = dialable,
    rowLifeMs
  }: { abandoned?: boolean; canDial?: DiscoveryParts['canDial']; rowLifeMs?: number } = {}
) {
  const events: Event[] = []
  const failures: Failures = {}
  const over = new AbortController()
  const clock = new ManualClock()
  const perform = discoveryPerformers({
    discovery: {
      flavour: 'ours',
      list: unexpected,
      get: unexpected,
      create: unexpected,
      liveness: unexpected,
      rotate: unexpected,
      remove: unexpected,
      watch: unexpected,
      ...answers
    },
    self: { peerId: 'me', multiaddrs: ['/ip4/10.0.0.1/tcp/1'], instance: 'i' },
    settings: { rowLifeMs },
    clock,
    post: (event) => events.push(event),
    failures,
    canDial,
    runtime: { heldRelays: () => [] },
    life: { stopped: over.signal, endIfAbandoned: () => abandoned }
  })
  return { events, failures, over, clock, perform }
}

const settled = () => new Promise<void>((resolve) => setImmediate(resolve))

test('a row is told without what the core does not need, and without what is not there', () => {
  expect(row).toEqual({
    name: 'lab',
    manager: 'me',
    multiaddrs: ['/ip4/10.0.0.1/tcp/1'],
    relayMultiaddrs: [],
    peerCount: 3,
    revision: 42,
    sweepAfterMs: 3_000,
    instance: 'i'
  })
  const { revision: _, sweepAfterMs: __, ...old } = entry
  expect(Object.keys(rowOf(old, dialable))).not.toContain('revision')
})

test('reading asks within the time given and says whether rows have revisions', async () => {
  const asked: unknown[] = []
  const { events, perform, over } = setup({
    get: async (...args) => {
      asked.push(args)
      return { kind: 'row', row: entry }
    }
  })
  perform['read-row']({ type: 'read-row', no: 1, name: 'lab', timeoutMs: 700 })
  await settled()
  expect(asked).toEqual([['lab', { signal: over.signal, timeoutMs: 700 }]])
  expect(events).toEqual([{ type: 'row-read', no: 1, outcome: { kind: 'row', row }, versioned: true }])
})

test('the newest row is the first of the list', async () => {
  const other = { ...entry, name: 'older' }
  const { events, perform } = setup({ flavour: 'reference', list: async () => [entry, other] })
  perform['read-newest-row']({ type: 'read-newest-row', no: 1, timeoutMs: 700 })
  const none = setup({ list: async () => [] })
  none.perform['read-newest-row']({ type: 'read-newest-row', no: 2, timeoutMs: 700 })
  await settled()
  expect(events).toEqual([{ type: 'row-read', no: 1, outcome: { kind: 'row', row }, versioned: false }])
  expect(none.events).toEqual([{ type: 'row-read', no: 2, outcome: { kind: 'absent' }, versioned: true }])
})

test('a row of whose Manager nothing can be dialled is told so, and of all clusters the next one goes along', async () => {
  const other = (name: string, address: string): DiscoveryClusterEntry => ({ ...entry, name, managerMultiaddrs: [address] })
  const far = other('far', '/ip4/10.0.0.1/udp/1/quic-v1')
  const canDial = (_peer: string, addresses: readonly string[]) => addresses.some((address) => address.includes('/tcp/'))
  const list = [far, { ...far, name: 'further' }, other('near', '/ip4/10.0.0.9/tcp/9'), entry]
  const { events, perform } = setup({ list: async () => list, get: async () => ({ kind: 'row', row: far }) }, { canDial })
  perform['read-newest-row']({ type: 'read-newest-row', no: 1, timeoutMs: 700 })
  await settled()
  perform['read-row']({ type: 'read-row', no: 2, name: 'far', timeoutMs: 700 })
  await settled()
  expect(events).toMatchObject([
    { no: 1, outcome: { row: { name: 'far', dialable: false }, next: { name: 'near' } } },
    { no: 2, outcome: { row: { name: 'far', dialable: false } } }
  ])
  const relayed = { ...far, relayMultiaddrs: ['/ip4/10.0.0.3/tcp/3'] }
  expect(rowOf(relayed, canDial)).not.toHaveProperty('dialable')
})

test('what is thrown is trouble, kept for the cause of what the app is told until a request succeeds', async () => {
  let error: Error | undefined = new DiscoveryClientError('status', 'broken', { status: 500 })
  const { events, failures, perform } = setup({
    get: async () => {
      if (error !== undefined) throw error
      return { kind: 'absent' }
    }
  })
  const read = { type: 'read-row', no: 1, name: 'lab', timeoutMs: 1 } as const
  perform['read-row'](read)
  await settled()
  expect(events.at(-1)).toEqual({ type: 'row-read', no: 1, outcome: { kind: 'trouble', reason: 'broken' }, versioned: true })
  expect(failures.reading).toBe(error)
  error = new TypeError('Invalid URL')
  perform['read-row'](read)
  await settled()
  expect(failures.reading).toMatchObject({ code: 'transport', message: 'Discovery did not answer: Invalid URL' })
  error = undefined
  perform['read-row'](read)
  await settled()
  expect(failures.reading).toBeUndefined()
})

test('writes say who we are and under which revision, and keep conflicts apart', async () => {
  const asked: unknown[][] = []
  const noted =
    <T>(answer: T) =>
    async (...args: unknown[]): Promise<T> => {
      asked.push(args.slice(0, 2))
      return answer
    }
  const answers = {
    create: noted({ kind: 'exists', row: entry } as const),
    liveness: noted({ kind: 'conflict', row: entry } as const),
    rotate: noted({ kind: 'ok', row: entry } as const),
    remove: noted('done' as const)
  }
  const { events, perform } = setup(answers)
  const timeoutMs = 1_000
  perform['create-row']({ type: 'create-row', no: 1, name: 'lab', relayMultiaddrs: ['/r'], timeoutMs })
  perform['refresh-row']({ type: 'refresh-row', no: 2, name: 'lab', revision: 42, peerCount: 3, timeoutMs })
  perform['rotate-row']({ type: 'rotate-row', no: 3, name: 'lab', revision: 42, relayMultiaddrs: [], timeoutMs })
  const to = { peerId: 'next', multiaddrs: ['/n'] }
  perform['rotate-row']({ type: 'rotate-row', no: 4, name: 'lab', revision: 42, to, relayMultiaddrs: [], timeoutMs })
  perform['delete-row']({ type: 'delete-row', no: 5, name: 'lab', revision: 42, timeoutMs })
  await settled()
  const us = { managerPeerId: 'me', managerMultiaddrs: ['/ip4/10.0.0.1/tcp/1'], instance: 'i' }
  expect(asked).toEqual([
    ['lab', { ...us, relayMultiaddrs: ['/r'] }],
    ['lab', { peerCount: 3, revision: 42 }],
    ['lab', { ...us, relayMultiaddrs: [], revision: 42 }],
    ['lab', { managerPeerId: 'next', managerMultiaddrs: ['/n'], relayMultiaddrs: [], revision: 42 }],
    ['lab', { revision: 42 }]
  ])
  expect(events).toEqual([
    { type: 'row-created', no: 1, outcome: { kind: 'exists', row } },
    { type: 'row-refreshed', no: 2, outcome: { kind: 'conflict', row } },
    { type: 'row-rotated', no: 3, outcome: { kind: 'ok', row } },
    { type: 'row-rotated', no: 4, outcome: { kind: 'ok', row } },
    { type: 'row-deleted', no: 5, outcome: { kind: 'done' } }
  ])
})

test('the life that rows of ours shall have is asked for with each, and not for a successor', async () => {
  const asked: unknown[] = []
  const noted = async (_name: string, claim: object) => {
    asked.push('rowLifeMs' in claim ? claim.rowLifeMs : 'nothing')
    return { kind: 'ok', row: entry } as const
  }
  const create = async (name: string, claim: object) => ({ ...(await noted(name, claim)), kind: 'created' }) as const
  const { perform } = setup({ create, rotate: noted }, { rowLifeMs: 6_000 })
  const more = { name: 'lab', relayMultiaddrs: [], timeoutMs: 1_000 }
  perform['create-row']({ type: 'create-row', no: 1, ...more })
  perform['rotate-row']({ type: 'rotate-row', no: 2, revision: 42, ...more })
  perform['rotate-row']({ type: 'rotate-row', no: 3, revision: 42, to: { peerId: 'next', multiaddrs: ['/n'] }, ...more })
  await settled()
  expect(asked).toEqual([6_000, 6_000, 'nothing'])
})

test.each([
  ['gone', { kind: 'absent' }, { kind: 'absent' }],
  ["another's", { kind: 'row', row: { ...entry, managerPeerId: 'other' } }, { kind: 'conflict', row: { ...row, manager: 'other' } }]
] as const)('where nobody compares revisions, a row that is %s is not overwritten', async (_what, read, outcome) => {
  const { events, perform } = setup({ flavour: 'reference', get: async () => read })
  perform['rotate-row']({ type: 'rotate-row', no: 1, name: 'lab', revision: undefined, relayMultiaddrs: [], timeoutMs: 500 })
  await settled()
  expect(events).toEqual([{ type: 'row-rotated', no: 1, outcome }])
})

test('the look before that and the rotate have the time of one request together', async () => {
  const times: unknown[] = []
  const { clock, perform } = setup({
    get: async () => {
      clock.advance(200)
      return { kind: 'row', row: entry }
    },
    rotate: async (_name, _claim, options) => {
      times.push(options?.timeoutMs)
      return { kind: 'ok', row: entry }
    }
  })
  perform['rotate-row']({ type: 'rotate-row', no: 1, name: 'lab', revision: undefined, relayMultiaddrs: [], timeoutMs: 500 })
  await settled()
  expect(times).toEqual([300])
})

test('a row nobody can leave any more is not kept fresh', async () => {
  const { events, perform } = setup({}, { abandoned: true })
  perform['refresh-row']({ type: 'refresh-row', no: 2, name: 'lab', revision: 42, peerCount: 3, timeoutMs: 1_000 })
  await settled()
  expect(events).toEqual([])
})

test('a watch tells what changed, and ends when it is closed, replaced, or all is over', async () => {
  const watches: DiscoveryWatch[] = []
  const { events, perform, over } = setup({
    watch: async (_name, watch) => {
      watches.push(watch)
    }
  })
  perform['open-watch']({ type: 'open-watch', name: 'lab' })
  const [first] = watches
  first!.onUp()
  first!.onEvent({ type: 'snapshot', row: undefined })
  first!.onEvent({ type: 'snapshot', row: entry })
  first!.onEvent({ type: 'rotated', row: entry })
  first!.onEvent({ type: 'refreshed', row: entry })
  first!.onDown()
  expect(events).toEqual([
    { type: 'watch-up' },
    { type: 'watch-snapshot' },
    { type: 'watch-snapshot', row },
    { type: 'watch-changed', change: 'rotated', row },
    { type: 'watch-down' }
  ])
  perform['open-watch']({ type: 'open-watch', name: 'lab' })
  expect(watches.map(({ signal }) => signal.aborted)).toEqual([true, false])
  perform['close-watch']({ type: 'close-watch' })
  perform['open-watch']({ type: 'open-watch', name: 'lab' })
  expect(watches.map(({ signal }) => signal.aborted)).toEqual([true, true, false])
  over.abort()
  expect(watches[2]!.signal.aborted).toBe(true)
})
