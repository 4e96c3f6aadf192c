import { ManualClock } from '@auki/canonical/testing'
import { PeerIdentity } from '@auki/identity'
import { type DiscoveryClusterEntry, encodeDocument, type HeartbeatSource, type PeerRuntime, type RuntimeHandlers } from '@auki/network'
import { domainClockRef, ntpSample, SessionClock } from '@auki/time'
import { expect, test } from 'vitest'
import { resolveSettings } from '../presence-settings.ts'
import { type FakeRuntime, fakeRuntime } from '../testing/fake-runtime.ts'
import { documentOf } from '../testing/scripted.ts'
import type { Discovery } from './discovery-adapter.ts'
import { Engine } from './engine.ts'
import type { RuntimeParts } from './engine-init.ts'

const row: DiscoveryClusterEntry = {
  name: 'lab',
  managerPeerId: 'me',
  managerMultiaddrs: ['/ip4/10.0.0.1/tcp/1'],
  relayMultiaddrs: [],
  peerCount: 1,
  createdNs: 1n,
  lastLivenessCheckNs: 1n,
  revision: 7,
  sweepAfterMs: 3_000,
  instance: ''
}

const never = <T>(): Promise<T> => new Promise<T>(() => {})
const settled = () => new Promise<void>((resolve) => setImmediate(resolve))

interface World {
  readonly engine: Engine
  readonly clock: ManualClock
  readonly asked: string[]
  readonly runtime: FakeRuntime
  readonly handlers: RuntimeHandlers
  readonly source: HeartbeatSource
  join(signal?: AbortSignal): Promise<unknown>
}

/** An engine with the real core, on virtual time, over a network and a Discovery that answer as they are told. */
function setup(answers: Partial<Discovery> = {}, network: Partial<PeerRuntime> = {}, localPeerId = 'me'): World {
  const clock = new ManualClock()
  const asked: string[] = []
  const runtime = fakeRuntime(network)
  const noted = <T>(name: string, answer: T) => {
    return (): Promise<T> => {
      asked.push(name)
      return Promise.resolve(answer)
    }
  }
  let given: RuntimeParts | undefined
  const engine = new Engine({
    localPeerId,
    target: { kind: 'joinOrCreate', name: 'lab' },
    observer: false,
    settings: resolveSettings(),
    gate: undefined,
    authorization: '',
    daemonInfo: { name: 'me' },
    sessionClock: new SessionClock({ id: 'me/s/monotonic', hash: 'h' }),
    addresses: { multiaddrs: ['/ip4/10.0.0.1/tcp/1'], relayMultiaddrs: [] },
    sources: { provider: undefined, sessionHandle: undefined, registryStore: undefined },
    discovery: {
      flavour: 'ours',
      list: noted('list', []),
      get: noted('get', { kind: 'absent' }),
      create: noted('create', { kind: 'created', row }),
      liveness: noted('liveness', { kind: 'ok', row }),
      rotate: noted('rotate', { kind: 'ok', row }),
      remove: noted('remove', 'done'),
      watch: never,
      ...answers
    },
    createRuntime: (parts) => {
      given = parts
      return runtime
    },
    clock,
    log: () => {}
  })
  const { handlers, heartbeatSource: source } = given!
  return { engine, clock, asked, runtime, handlers, source, join: (signal) => engine.bootstrap(signal) }
}

test('it creates, refreshes every second, and deletes its row when it leaves', async () => {
  const { engine, clock, asked, join, runtime } = setup()
  expect(await join()).toBeUndefined()
  expect(engine.standing).toMatchObject({ role: 'manager', isManager: true, managerPeerId: 'me', clusterName: 'lab' })
  for (let second = 0; second < 3; second++) {
    clock.advance(1_000)
    await settled()
  }
  await engine.life.leave()
  expect(asked).toEqual(['get', 'create', 'liveness', 'liveness', 'liveness', 'remove'])
  expect(runtime.calls.at(-1)).toEqual(['shutdown'])
  clock.advance(60_000)
  expect(asked).toHaveLength(6)
  expect(clock.pending).toEqual([])
})

test('who joins while the bootstrap has not begun is answered once it has', async () => {
  const { handlers, join } = setup()
  const answer = handlers.join('early', { multiaddrs: [], authorization: '', observer: false }, new AbortController().signal)
  await join()
  expect(await answer).toEqual({ kind: 'reject', reason: 'not the manager' })
})

test('an abort that comes as the cluster is joined leaves it again', async () => {
  const abort = new AbortController()
  const reason = new Error('just now')
  const { engine, join, runtime } = setup({
    remove: async () => {
      await settled()
      return 'done'
    }
  })
  // The first thing to be heard is the role, in the same breath in which the bootstrap succeeds.
  void engine.events
    .read()
    .next()
    .then(() => abort.abort(reason))
  await expect(join(abort.signal)).rejects.toBe(reason)
  expect(runtime.calls.at(-1)).toEqual(['shutdown'])
})

test('a silent Discovery holds up leaving for two seconds, and no longer', async () => {
  const { engine, clock, join } = setup({ remove: never })
  await join()
  const left: string[] = []
  const leaving = engine.life.leave().catch((error: Error) => left.push(error.message))
  clock.advance(1_999)
  await settled()
  expect(left).toEqual([])
  clock.advance(1)
  await leaving
  expect(left).toEqual([expect.stringMatching(/Discovery did not answer/)])
})

test('whoever is in a hurry cuts the courtesy short for all who leave', async () => {
  const { engine, join } = setup({ remove: never })
  await join()
  const first = engine.life.leave().catch(() => 'failed')
  const reason = new Error('now')
  await expect(engine.life.leave(AbortSignal.abort(reason))).rejects.toBe(reason)
  expect(await first).toBe('failed')
})

test('an abort in the middle of leaving cuts it short, too', async () => {
  const { engine, join } = setup({ remove: never })
  await join()
  const abort = new AbortController()
  const leaving = engine.life.leave(abort.signal)
  const reason = new Error('now')
  abort.abort(reason)
  await expect(leaving).rejects.toBe(reason)
})

test('what waits for an answer when the presence ends is answered', async () => {
  const { engine, handlers, join } = setup()
  const asking = handlers.join('early', { multiaddrs: [], authorization: '', observer: false }, new AbortController().signal)
  const leaving = handlers.leave('early')
  await engine.life.end()
  expect(await asking).toEqual({ kind: 'reject', reason: 'not the manager' })
  expect(await leaving).toBe(false)
  expect(await engine.admit('p', [])).toEqual({ kind: 'stopped' })
  await join().catch(() => {})
  expect(engine.isStopped).toBe(true)
})

test('only followers say in their heartbeats which document they hold; the Manager says which clock backs the domain', async () => {
  const { engine, join, source } = setup()
  await join()
  expect(source).toMatchObject({ clockId: 'me/s/monotonic', clockHash: 'h' })
  expect(source.membershipVersion()).toBeUndefined()
  expect(source.domainClock()).toMatchObject({ clusterName: 'lab', backingPeerId: 'me' })
  await engine.life.leave()
  expect(source.domainClock()).toBeUndefined()
})

test('it has joined when the document first lists another peer, and for good', async () => {
  const { engine, handlers, join } = setup()
  await join()
  expect(engine.dataPlane.participantInfo().clusterJoinedAtNs).toBeNull()
  await handlers.join('b', { multiaddrs: [], authorization: '', observer: false }, new AbortController().signal)
  const { clusterJoinedAtNs } = engine.dataPlane.participantInfo()
  expect(clusterJoinedAtNs).toBeTypeOf('bigint')
  await handlers.join('c', { multiaddrs: [], authorization: '', observer: false }, new AbortController().signal)
  expect(await handlers.leave('c')).toBe(true)
  handlers.leaveAcknowledged('c')
  expect(await handlers.leave('b')).toBe(true)
  handlers.leaveAcknowledged('b')
  expect(engine.standing.membership.peers).toHaveLength(1)
  expect(engine.dataPlane.participantInfo().clusterJoinedAtNs).toBe(clusterJoinedAtNs)
})

test('while somebody waits to join or to leave the process lives, in between it may end', async () => {
  const joining = setup({ get: never })
  void joining.join()
  expect(joining.clock.pending.some(({ holdsProcess }) => holdsProcess)).toBe(true)
  const present = setup()
  await present.join()
  present.clock.advance(1_000)
  await settled()
  expect(present.clock.pending.every(({ holdsProcess }) => !holdsProcess)).toBe(true)
})

test('after a suspend or a step of the wall clock no sample of before counts', async () => {
  const { engine, clock, handlers, join } = setup()
  await join()
  handlers.liveness({
    type: 'ntp-sample-observed',
    peerId: 'b',
    ...{ localClockId: 'me/s/monotonic', localClockHash: 'h', remoteClockId: 'b/s/monotonic', remoteClockHash: 'b' },
    sample: ntpSample(0n, 5n, 5n, 10n)
  })
  clock.advance(1_000)
  expect(engine.clocks.clockSyncEstimates()).toHaveLength(1)
  clock.jumpWall(60_000)
  clock.advance(100)
  expect(engine.clocks.clockSyncEstimates()).toEqual([])
})

/** Settled behind a Manager whose clock is not known. */
async function follower(): Promise<World & { readonly managerPeerId: string }> {
  const [m, me] = [1, 2].map((seed) => PeerIdentity.fromSeed(new Uint8Array(32).fill(seed)).peerId) as [string, string]
  const theirs = { ...row, managerPeerId: m, managerMultiaddrs: ['/ip4/10.0.0.2/tcp/1'] }
  const membershipJson = encodeDocument({ ...documentOf([m, me], 100), clusterName: 'lab' })
  const accept = { kind: 'accept', membershipJson, successorToken: new Uint8Array(0) } as const
  const following = setup({ get: async () => ({ kind: 'row', row: theirs }) }, { requestJoin: async () => accept }, me)
  const joining = following.join()
  await settled()
  following.handlers.liveness({ type: 'connected', peerId: m })
  expect(await joining).toBeUndefined()
  return { ...following, managerPeerId: m }
}

test('a Manager that we come to follow is asked for its clock at once; a Manager asks nobody', async () => {
  const { runtime, managerPeerId } = await follower()
  expect(runtime.calls.filter(([name]) => name === 'requestClock').map(([, peer]) => peer)).toEqual([managerPeerId])
  const managing = setup()
  await managing.join()
  expect(managing.runtime.calls.map(([name]) => name)).not.toContain('requestClock')
})

const readFrom = (engine: Engine) =>
  engine.read(({ members, ...told }) => ({ type: 'snapshot', ...told, members: members.map(({ peerId }) => peerId) }) as const, {})

const comes = ({ handlers }: World, peerId: string) =>
  handlers.join(peerId, { multiaddrs: [], authorization: '', observer: false }, new AbortController().signal)

test('a reading begun from within a handler has each change once: in the snapshot, or as an event', async () => {
  const world = setup()
  await world.join()
  const { engine } = world
  let reading: ReturnType<typeof readFrom> | undefined
  engine.events.handle(({ type }) => {
    if (type === 'member-joined') reading ??= readFrom(engine)
  })
  await comes(world, 'b')
  await comes(world, 'c')
  await engine.life.leave()
  const heard: unknown[] = []
  for await (const event of reading!) heard.push(event)
  expect(heard[0]).toMatchObject({ type: 'snapshot', role: 'manager', managerPeerId: 'me', members: ['me', 'b'] })
  expect(heard.filter((event) => (event as { type: string }).type === 'member-joined')).toEqual([{ type: 'member-joined', peerId: 'c' }])
  expect(heard.at(-1)).toEqual({ type: 'left' })
})

test('a snapshot has the role that was told last: a lease that lapsed meanwhile comes as an event', async () => {
  const { engine, clock, join } = setup({ liveness: never })
  await join()
  clock.jumpWall(2_990)
  expect(engine.standing.role).toBe('headless')
  const reading = readFrom(engine)
  expect((await reading.next()).value).toMatchObject({ role: 'manager', managerPeerId: 'me', members: ['me'] })
  clock.advance(3_000)
  expect((await reading.next()).value).toEqual({ type: 'suspended-for', ms: 2_990 })
  expect((await reading.next()).value).toEqual({ type: 'role-changed', role: 'headless' })
  await engine.life.end()
  expect((await readFrom(engine).next()).value).toMatchObject({ type: 'snapshot', role: 'ended', members: ['me'] })
})

test('a halt of the machine is told', async () => {
  const { engine, clock, join } = setup()
  await join()
  const halts: number[] = []
  engine.events.handle((event) => event.type === 'suspended-for' && halts.push(event.ms))
  clock.stall(5_100)
  expect(halts).toEqual([5_000])
  await engine.life.end()
})

test('waiting for domain time: at once for a Manager; until the signal aborts or the presence ends where nothing is known', async () => {
  const managing = setup()
  await managing.join()
  await managing.engine.clockReady(undefined)
  await managing.engine.life.end()
  await expect(managing.engine.clockReady(undefined)).rejects.toMatchObject({ name: 'DomainError', code: 'stopped' })

  const { engine } = await follower()
  const abort = new AbortController()
  const [aborted, ended] = [engine.clockReady(abort.signal), engine.clockReady(undefined)]
  const reason = new Error('enough')
  abort.abort(reason)
  await expect(aborted).rejects.toBe(reason)
  await expect(engine.clockReady(abort.signal)).rejects.toBe(reason)
  void engine.life.end()
  await expect(ended).rejects.toMatchObject({ code: 'stopped' })
})

test('domain time is there with a heartbeat that says which clock backs it and a sample of that clock, in any order', async () => {
  for (const order of [0, 1]) {
    const { engine, handlers, managerPeerId: m } = await follower()
    const clockId = `${m}/s/monotonic`
    const beat = { sentAtUnixNs: 0n, clockId, clockHash: 'theirs', sequence: 1n, sentAtClockNs: 0n }
    const { id: domainClockId, hash: domainClockHash } = domainClockRef('lab')
    const domainClock = {
      ...{ clusterName: 'lab', domainClockId, domainClockHash, backingPeerId: m, backingClockId: clockId, backingClockHash: 'theirs' },
      ...{ backingToDomainOffsetNs: 5n, backingToDomainUncertaintyNs: 0n }
    }
    const tell = [
      () => handlers.liveness({ type: 'heartbeat-received', peerId: m, heartbeat: { ...beat, domainClock }, receivedAtClockNs: 0n }),
      () =>
        handlers.liveness({
          type: 'ntp-sample-observed',
          peerId: m,
          ...{ localClockId: 'me/s/monotonic', localClockHash: 'h', remoteClockId: clockId, remoteClockHash: 'theirs' },
          sample: ntpSample(0n, 5n, 5n, 10n)
        })
    ]
    let known = false
    const ready = engine.clockReady(undefined).then(() => {
      known = true
    })
    tell[order]!()
    await settled()
    expect(known).toBe(false)
    tell[1 - order]!()
    await ready
    expect(engine.clocks.domainTimeNow()).toBeTypeOf('bigint')
    await engine.life.end()
  }
})

test('addresses may come and change after it is made: the next bootstrap, write and join have them, and the app hears of it', async () => {
  const claims: (readonly string[])[] = []
  const { engine, join } = setup({
    create: async (_name, { managerMultiaddrs }) => {
      claims.push(managerMultiaddrs)
      return { kind: 'created', row }
    }
  })
  const place = '/ip4/10.0.0.7/tcp/1/p2p-circuit'
  engine.setAddresses({ multiaddrs: [place], relayMultiaddrs: ['/ip4/10.0.0.7/tcp/1'] })
  expect(engine.addresses.multiaddrs).toEqual([place])
  const heard: unknown[] = []
  engine.events.handle((event) => event.type === 'addresses-changed' && heard.push(event))
  await join()
  expect(claims).toEqual([[place]])
  expect(engine.standing.relayMultiaddrs).toEqual(['/ip4/10.0.0.7/tcp/1'])
  expect(heard).toEqual([])
  engine.setAddresses({ multiaddrs: [], relayMultiaddrs: [] })
  expect(heard).toEqual([{ type: 'addresses-changed', multiaddrs: [] }])
  await engine.life.end()
})
