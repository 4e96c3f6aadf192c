import { PeerIdentity } from '@auki/identity'
import { expect, test } from 'vitest'
import type { RuntimeLimits } from '../exchange/env.ts'
import { type Answer, FakeNode } from '../testing/fake-node.ts'
import { ManualTimers } from '../testing/manual-timers.ts'
import { testEnv } from '../testing/test-env.ts'
import { AllowList } from './allow-list.ts'
import { Connections } from './connections.ts'
import { Dialer } from './dialer.ts'
import { Reach } from './reach.ts'

const a = '12D3KooWK99VoVxNE7XzyBwXEzW7xhK7Gpv85r9F3V3fyKSUKPH5'
const at = (host: number) => `/ip4/192.0.2.${host}/tcp/1`

const peerIds = (count: number) =>
  Array.from({ length: count }, (_, i) => PeerIdentity.fromSeed(new Uint8Array(32).fill(i).fill(i >> 8, 16)).peerId)

/** A dialer with its tick, in a network where a test decides what answers. */
function start(answer: Answer, random = () => 0.5, limits: Partial<RuntimeLimits> = {}) {
  const timers = new ManualTimers()
  const env = { ...testEnv(timers, limits), random }
  const fake = new FakeNode((address, signal) => {
    times.push(timers.monoMs() - 1_000)
    return answer(address, signal)
  })
  const times: number[] = []
  const members = new AllowList()
  const outcomes: unknown[] = []
  const connections = new Connections(fake.node, { opened: (peerId) => dialer.connected(peerId), disconnected: () => {} }, timers.monoMs)
  const dialer = new Dialer({
    ...{ env, node: fake.node, members, connections, reach: new Reach({ node: fake.node, timers, dialPrivate: true }) },
    settled: (peerId, error) => outcomes.push([peerId, error?.message])
  })
  const tick = () => {
    timers.after(500, tick)
    dialer.tick()
  }
  connections.start()
  tick()
  return { timers, fake, members, connections, dialer, times, outcomes }
}

const refused: Answer = async () => {
  throw new Error('refused')
}
const silent: Answer = (_address, signal) =>
  new Promise((_resolve, reject) => signal.addEventListener('abort', () => reject(signal.reason)))

test('redials with a pause that doubles from one second to a minute, at the next tick after it', async () => {
  const { timers, members, dialer, times } = start(refused)
  members.replace([{ peerId: a, multiaddrs: [at(1)] }])
  dialer.dialNow(a)
  await timers.advance(250_000)
  const pauses = times.slice(1).map((time, i) => time - times[i]!)
  expect(pauses).toEqual([1_000, 2_000, 4_000, 8_000, 16_000, 32_000, 60_000, 60_000, 60_000])
})

test('in haste nobody waits for a backoff, none grows, and a silent host is given up after a second', async () => {
  const { timers, members, dialer, times } = start(silent)
  members.replace([{ peerId: a, multiaddrs: [at(1)] }])
  await timers.advance(60_000)
  const before = times.length
  dialer.hurry(true)
  await timers.advance(20_000)
  // The dial under way has its ten seconds; from then on one a second, a pause and a tick apart.
  expect(times.length - before).toBeGreaterThanOrEqual(5)
  dialer.hurry(false)
  const hasty = times.length
  await timers.advance(60_000)
  expect(times.length - hasty).toBeLessThanOrEqual(5)
})

test('the pause is jittered by a fifth either way', async () => {
  const low = start(refused, () => 0)
  low.members.replace([{ peerId: a, multiaddrs: [at(1)] }])
  await low.timers.advance(20_000)
  // 800, 1600, 3200, 6400 ms after the one before, at the next tick.
  expect(low.times).toEqual([500, 1_500, 3_500, 7_000, 13_500])
})

test('an outcome before anything was dialled schedules the next step too', async () => {
  const { timers, members, outcomes, times } = start(() => {
    throw new Error('synchronous failure')
  })
  members.replace([{ peerId: a, multiaddrs: [at(1)] }])
  await timers.advance(4_000)
  expect(times.length).toBeGreaterThan(1)
  expect(outcomes).toHaveLength(times.length)
  const hopeless = start(refused)
  hopeless.members.replace([{ peerId: a, multiaddrs: ['no multiaddr'] }])
  await hopeless.timers.advance(4_000)
  expect(hopeless.outcomes).toHaveLength(3)
})

test('a member without addresses is not dialled, nor is one that is connected, nor ourselves', async () => {
  const { timers, fake, members, dialer } = start(refused)
  members.replace([
    { peerId: a, multiaddrs: [] },
    { peerId: 'b', multiaddrs: [at(1)] },
    { peerId: 'me', multiaddrs: [at(2)] }
  ])
  fake.connect('b')
  for (const peerId of [a, 'b', 'me']) dialer.dialNow(peerId)
  await timers.advance(5_000)
  expect(fake.dialled).toEqual([])
})

test('dialNow does not wait for the backoff, and does not start a second dial beside one under way', async () => {
  const { timers, members, dialer, times } = start(refused)
  members.replace([{ peerId: a, multiaddrs: [at(1)] }])
  await timers.advance(20_000)
  const before = times.length
  dialer.dialNow(a)
  dialer.dialNow(a)
  await timers.advance(0)
  expect(times.length).toBe(before + 1)
})

test('a connection sets the pause back, whoever made it, and the peer is dialled again when it ends', async () => {
  const { timers, fake, members, times } = start(refused)
  members.replace([{ peerId: a, multiaddrs: [at(1)] }])
  await timers.advance(120_000)
  const connection = fake.connect(a)
  await timers.advance(10_000)
  const before = times.length
  await connection.close()
  await timers.advance(500)
  expect(times.length).toBe(before + 1)
  await timers.advance(1_000)
  expect(times.length).toBe(before + 2)
})

test('a peer that takes and drops connections is dialled once a second, not at every tick', async () => {
  const { timers, fake, members, times } = start(async (_address, _signal) => {
    const connection = fake.connect(a)
    void connection.close()
    return connection.connection
  })
  members.replace([{ peerId: a, multiaddrs: [at(1)] }])
  await timers.advance(10_000)
  expect(times.length).toBeLessThanOrEqual(11)
})

test('a dial has an end even when nobody answers', async () => {
  const { timers, members, outcomes } = start(silent)
  members.replace([{ peerId: a, multiaddrs: [at(1)] }])
  await timers.advance(10_500)
  expect(outcomes).toEqual([[a, 'dial took longer than 10000 ms']])
})

test('new addresses cut a dial to the old ones short and are tried at once', async () => {
  const { timers, fake, members, dialer, outcomes } = start(silent)
  members.replace([{ peerId: a, multiaddrs: [at(1)] }])
  dialer.dialNow(a)
  await timers.advance(5_000)
  members.replace([{ peerId: a, multiaddrs: [at(2)] }])
  dialer.dialNow(a, true)
  await timers.advance(0)
  expect(fake.dialled).toEqual([`${at(1)}/p2p/${a}`, `${at(2)}/p2p/${a}`])
  expect(outcomes).toEqual([])
})

test('a peer that is no member any longer is forgotten, its dial cut', async () => {
  const { timers, fake, members, dialer, outcomes } = start(silent)
  members.replace([{ peerId: a, multiaddrs: [at(1)] }])
  dialer.dialNow(a)
  await timers.advance(0)
  members.replace([])
  dialer.forget(a)
  await timers.advance(60_000)
  expect(fake.dialled).toHaveLength(1)
  expect(outcomes).toEqual([])
})

test('a connection that stands just as its dial was given up is closed', async () => {
  let stands = (_connection: never) => {}
  const { timers, fake, members, dialer, connections } = start(() => new Promise((resolve) => (stands = resolve as never)))
  members.replace([{ peerId: a, multiaddrs: [at(1)] }])
  dialer.dialNow(a)
  await timers.advance(0)
  stands(fake.connect(a).connection as never)
  dialer.forget(a)
  await timers.advance(0)
  expect(connections.has(a)).toBe(false)
})

test('at most 128 dials are under way; the others follow as these end', async () => {
  const failing: ((error: Error) => void)[] = []
  const { timers, fake, members } = start(() => new Promise((_resolve, reject) => failing.push(reject)))
  members.replace(peerIds(130).map((peerId) => ({ peerId, multiaddrs: [at(1)] })))
  await timers.advance(500)
  expect(fake.dialled).toHaveLength(128)
  failing[0]!(new Error('refused'))
  await timers.advance(0)
  expect(fake.dialled).toHaveLength(129)
})

const hostsOf = (dialled: readonly string[]) => dialled.map((address) => Number(/192\.0\.2\.(\d+)/.exec(address)![1]))

test('whoever moves all the time is followed every five seconds, to where it said it was last', async () => {
  const { timers, fake, members, dialer, times } = start(refused)
  for (let host = 1; host <= 200; host++) {
    members.replace([{ peerId: a, multiaddrs: [at(host)] }])
    dialer.dialNow(a, true)
    await timers.advance(100)
  }
  const moves = times.filter((_, i) => i === 0 || fake.dialled[i] !== fake.dialled[i - 1])
  expect(moves).toEqual([0, 5_000, 10_000, 15_000, 20_000])
  await timers.advance(10_000)
  expect(hostsOf(fake.dialled).at(-1)).toBe(200)
})

test('leaving and joining again makes nobody follow sooner', async () => {
  const { timers, fake, members, dialer } = start(refused)
  for (let host = 1; host <= 100; host++) {
    members.replace([{ peerId: a, multiaddrs: [at(host)] }])
    dialer.dialNow(a, true)
    await timers.advance(20)
    members.replace([])
    dialer.forget(a)
    await timers.advance(20)
  }
  expect(fake.dialled).toHaveLength(1)
})

test('who comes back to where it was is dialled at once', async () => {
  const { timers, fake, members, dialer } = start(refused)
  for (const _ of [1, 2]) {
    members.replace([{ peerId: a, multiaddrs: [at(1)] }])
    dialer.dialNow(a, true)
    await timers.advance(0)
    members.replace([])
    dialer.forget(a)
  }
  expect(fake.dialled).toHaveLength(2)
})

test('the Manager that the row names is followed at once', async () => {
  const { timers, fake, members, dialer } = start(refused)
  for (const host of [1, 2, 3]) {
    members.replace([{ peerId: a, multiaddrs: [at(host)], manager: true }])
    dialer.dialNow(a, true)
    await timers.advance(1)
  }
  expect(hostsOf(fake.dialled)).toEqual([1, 2, 3])
})

test('a peer of many hosts has failed when none of them answered; four are tried at a time', async () => {
  const { timers, fake, members, dialer, times, outcomes } = start(refused)
  members.replace([{ peerId: a, multiaddrs: [1, 2, 3, 4, 5, 6].map(at) }])
  dialer.dialNow(a)
  await timers.advance(0)
  expect(hostsOf(fake.dialled)).toEqual([1, 2, 3, 4])
  expect(outcomes).toEqual([])
  await timers.advance(1_000)
  expect(hostsOf(fake.dialled)).toEqual([1, 2, 3, 4, 5, 6])
  expect(times.at(-1)).toBe(1_000)
  expect(outcomes).toHaveLength(1)
})

test("all hosts of the row's Manager are tried without a pause", async () => {
  const { timers, fake, members, dialer, outcomes } = start(refused)
  members.replace([{ peerId: a, multiaddrs: [1, 2, 3, 4, 5, 6].map(at), manager: true }])
  dialer.dialNow(a)
  await timers.advance(0)
  expect(hostsOf(fake.dialled)).toEqual([1, 2, 3, 4, 5, 6])
  expect(outcomes).toHaveLength(1)
})

test('the host that answered is tried first the next time', async () => {
  const { timers, fake, members, dialer } = start(async (address) => {
    if (!address.includes('192.0.2.6/')) throw new Error('refused')
    return fake.connect(a).connection
  })
  members.replace([{ peerId: a, multiaddrs: [1, 2, 3, 4, 5, 6].map(at) }])
  dialer.dialNow(a)
  await timers.advance(1_500)
  await fake.connections.at(-1)!.close()
  const before = fake.dialled.length
  await timers.advance(2_000)
  expect(hostsOf(fake.dialled.slice(before))).toEqual([5, 6])
})

test('so many dials may come at once, then so many a second; the Manager does not wait for its turn', async () => {
  const { timers, fake, members, dialer } = start(refused, undefined, { dialsBurstMax: 64, dialsPerSecondMax: 20 })
  const others = peerIds(200).map((peerId) => ({ peerId, multiaddrs: [at(1)] }))
  members.replace(others)
  for (const { peerId } of others) {
    dialer.dialNow(peerId)
    await timers.advance(0)
  }
  expect(fake.dialled).toHaveLength(64)
  members.replace([...others, { peerId: a, multiaddrs: [at(2)], manager: true }])
  dialer.dialNow(a)
  await timers.advance(0)
  expect(hostsOf(fake.dialled).slice(64)).toEqual([2])
  await timers.advance(5_000)
  const hosts = hostsOf(fake.dialled)
  expect(hosts.filter((host) => host === 1)).toHaveLength(64 + 100)
  expect(new Set(fake.dialled).size).toBeGreaterThan(100)
})

/** A fellow follower that has just become known to one with this peer id. */
function startFellow(localPeerId: string) {
  const started = start(refused, () => 0.7)
  started.fake.localPeerId = localPeerId
  started.members.replace([{ peerId: a, multiaddrs: [at(1)], fellow: true }])
  started.dialer.dialAtLeisure(a)
  return started
}

test('of two followers the one with the lower peer id dials, within a second; the other when nobody has come by then', async () => {
  const [lower, higher] = [startFellow('0'), startFellow('z')]
  for (const { timers } of [lower, higher]) await timers.advance(1_400)
  expect([lower.times[0], higher.times[0]]).toEqual([700, 1_400])
})

test('nobody is dialled who has come by then; and whoever is needed is dialled at once', async () => {
  const [lower, higher] = [startFellow('0'), startFellow('z')]
  higher.fake.connect(a)
  lower.dialer.dialNow(a)
  for (const { timers } of [lower, higher]) await timers.advance(500)
  await higher.timers.advance(2_000)
  expect([lower.times, higher.times]).toEqual([[0], []])
})

test('where nobody can dial us we dial in the place of the other', async () => {
  const { timers, fake, members, dialer, times } = start(refused)
  fake.isDialable = false
  members.replace([{ peerId: a, multiaddrs: [at(1)], fellow: true }])
  dialer.dialAtLeisure(a)
  await timers.advance(600)
  expect(times).toEqual([500])
})

test('in a hurry there is no backoff, and connecting has one second; calm again, the backoff goes on', async () => {
  const { timers, members, dialer, times } = start(silent)
  members.replace([{ peerId: a, multiaddrs: [at(1)] }])
  await timers.advance(60_000)
  dialer.hurry(true)
  // A dial that is under way has its old deadline.
  await timers.advance(10_000)
  const before = times.length
  await timers.advance(10_000)
  expect(times.length - before).toBeGreaterThanOrEqual(9)
  dialer.hurry(false)
  const after = times.length
  await timers.advance(10_000)
  expect(times.length - after).toBeLessThanOrEqual(2)
})

test('the first that is reached again, after nobody was, ends the backoff of all others', async () => {
  const { timers, fake, members, times } = start(refused)
  members.replace([
    { peerId: a, multiaddrs: [at(1)] },
    { peerId: 'z', multiaddrs: [at(2)] }
  ])
  await timers.advance(100_000)
  const before = times.length
  fake.connect('z')
  await timers.advance(0)
  expect(fake.dialled.slice(before)).toEqual([`${at(1)}/p2p/${a}`])
})
