import { expect, test } from 'vitest'
import { PROTOCOL_ID as heartbeatId } from '../protocols/heartbeat.ts'
import { PROTOCOL_ID as streamId } from '../protocols/stream.ts'
import { type FakeConnection, FakeNode } from '../testing/fake-node.ts'
import { ManualTimers } from '../testing/manual-timers.ts'
import { testEnv } from '../testing/test-env.ts'
import { AllowList } from './allow-list.ts'
import { BesideDials } from './beside-dials.ts'
import { Connections } from './connections.ts'
import { Doubts } from './doubts.ts'
import { Reach } from './reach.ts'

const peer = '12D3KooWK99VoVxNE7XzyBwXEzW7xhK7Gpv85r9F3V3fyKSUKPH5'
const used = '/ip4/192.0.2.1/tcp/1'
const other = '/ip4/192.0.2.2/tcp/1'

/** A peer with two addresses; dials to the second one succeed when `answers` says so. */
function start({ localPeerId = '1', answers = true, isDialable = true } = {}) {
  const timers = new ManualTimers()
  const env = testEnv(timers)
  const dialled: FakeConnection[] = []
  const node = new FakeNode(async (address, signal) => {
    if (answers && address.startsWith(other)) {
      const connection = node.connect(peer, { remoteAddr: other })
      dialled.push(connection)
      return connection.connection
    }
    return new Promise((_resolve, reject) => signal.addEventListener('abort', () => reject(signal.reason)))
  })
  const members = new AllowList()
  members.replace([{ peerId: peer, multiaddrs: [used, other] }])
  const opened = () => {
    beside.won(peer)
    doubts.look(peer)
  }
  const sink = { opened, disconnected: () => {} }
  const connections = new Connections(node.node, sink, timers.monoMs)
  const reach = new Reach({ node: node.node, timers, dialPrivate: true })
  const beside = new BesideDials({ env, reach, mayDial: (peerId) => members.addresses(peerId) })
  const renewed: string[] = []
  const carriers = { renew: (peerId: string) => void renewed.push(peerId) }
  const doubts = new Doubts({ env, localPeerId, members, connections, carriers, beside, isDialable: () => isDialable })
  connections.start()
  const tick = () => {
    timers.after(env.limits.doubtTickMs, tick)
    doubts.tick()
  }
  tick()
  const old = node.connect(peer, { remoteAddr: used })
  /** Lets time pass in which these connections bring something every quarter of a second. */
  const pass = async (ms: number, ...alive: FakeConnection[]) => {
    for (let passed = 0; passed < ms; passed += 250) {
      for (const connection of alive) connection.bring()
      await timers.advance(250)
    }
  }
  return { timers, node, connections, old, dialled, renewed, pass }
}

const best = (connections: Connections) => connections.best(peer) as unknown as FakeConnection

test('an address dies under a stream: the other one is dialled, takes over, and the dead connection is cut within 2 s', async () => {
  const { connections, old, dialled, pass } = start()
  old.carry(streamId)
  await pass(2_000, old)
  expect(dialled).toEqual([])
  await pass(1_500)
  expect(dialled).toHaveLength(1)
  expect(best(connections)).toBe(dialled[0])
  expect(old.status).toBe('open')
  await pass(500, ...dialled)
  expect(old.status).toBe('closed')
})

test('what still brings something is never cut, however long a ping takes', async () => {
  const { old, dialled, pass } = start()
  old.carry(streamId)
  old.answersPings = false
  await pass(30_000, old)
  expect([old.status, dialled]).toEqual(['open', []])
})

test('an idle connection is not doubted; one whose ping waits for 2 s is', async () => {
  const { connections, old, dialled, pass, timers } = start()
  await pass(60_000)
  expect(dialled).toEqual([])
  connections.pulse(old.connection).ping()
  await pass(1_750)
  expect(dialled).toEqual([])
  await timers.advance(500)
  expect(dialled).toHaveLength(1)
})

test('the old connection stays until the new one has carried something', async () => {
  const { old, dialled, pass } = start()
  old.carry(streamId)
  await pass(5_000)
  expect(dialled.length).toBeGreaterThan(0)
  expect(old.status).toBe('open')
  await pass(500, dialled[0]!)
  expect(old.status).toBe('closed')
})

test('one that comes back in time is used again, and nothing is cut', async () => {
  const { connections, old, dialled, pass } = start({ answers: false })
  old.carry(heartbeatId)
  await pass(3_000)
  await pass(1_000, old)
  expect([old.status, dialled, connections.isDoubted(old.connection)]).toEqual(['open', [], false])
})

test('the heartbeats that we send move to the new connection at once', async () => {
  const { old, renewed, dialled, pass } = start()
  old.carry(heartbeatId, 'outbound')
  await pass(1_500)
  expect(dialled).toHaveLength(1)
  expect(renewed[0]).toBe(peer)
})

test('of two ends the one with the higher peer id dials and cuts later, unless nobody can dial it', async () => {
  const lower = start({ localPeerId: '1' })
  const higher = start({ localPeerId: 'z' })
  const alone = start({ localPeerId: 'z', isDialable: false })
  for (const { old, pass } of [lower, higher, alone]) {
    old.carry(streamId)
    await pass(1_250)
  }
  expect([lower.dialled.length, higher.dialled.length, alone.dialled.length]).toEqual([1, 0, 1])
  await higher.pass(500)
  expect(higher.dialled).toHaveLength(1)
  await lower.pass(500, ...lower.dialled)
  await higher.pass(250, ...higher.dialled)
  expect([lower.old.status, higher.old.status]).toEqual(['closed', 'open'])
  await higher.pass(250, ...higher.dialled)
  expect([lower.old.status, higher.old.status]).toEqual(['closed', 'closed'])
})

test('time in which this machine could not listen is nobody else’s silence', async () => {
  const { old, dialled, timers, pass } = start()
  old.carry(streamId)
  await pass(1_000, old)
  await timers.stall(20_000)
  await timers.advance(500)
  expect(dialled).toEqual([])
})

test('an idle stream asks for one sign of life a beat, and gives one', async () => {
  const { old, pass } = start()
  old.carry(streamId)
  await pass(10_000, old)
  expect(old.sent.nudges).toBeGreaterThanOrEqual(18)
  expect(old.sent.nudges).toBeLessThanOrEqual(21)
})

test('no more than three connections to a silent peer', async () => {
  const { node, old, dialled, pass } = start()
  old.carry(streamId)
  await pass(60_000)
  expect(dialled.length).toBeLessThanOrEqual(2)
  expect(node.connections.filter(({ status }) => status === 'open').length).toBeLessThanOrEqual(3)
})
