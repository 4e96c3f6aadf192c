import type { AddressInfo } from 'node:net'
import { createServer, type Server } from 'node:net'
import { afterEach, expect, test } from 'vitest'
import { FakeNode } from '../testing/fake-node.ts'
import { ManualTimers } from '../testing/manual-timers.ts'
import { until } from '../testing/peers.ts'
import { testEnv } from '../testing/test-env.ts'
import { AllowList } from './allow-list.ts'
import { Connections } from './connections.ts'
import { Gone } from './gone.ts'
import { Reach } from './reach.ts'

const peer = '12D3KooWK99VoVxNE7XzyBwXEzW7xhK7Gpv85r9F3V3fyKSUKPH5'
const servers: Server[] = []

afterEach(() => {
  for (const server of servers.splice(0)) server.close()
})

/** Something that listens, and where. */
async function listening(host = '127.0.0.1'): Promise<{ server: Server; address: string }> {
  const server = createServer((socket) => socket.destroy()).listen(0, host)
  servers.push(server)
  await new Promise((resolve) => server.once('listening', resolve))
  return { server, address: `/ip4/${host}/tcp/${(server.address() as AddressInfo).port}` }
}

/** An address that refuses. */
async function refusing(host?: string): Promise<string> {
  const { server, address } = await listening(host)
  await new Promise((resolve) => server.close(resolve))
  return address
}

function start(multiaddrs: readonly string[], { dials = Number.POSITIVE_INFINITY } = {}) {
  const timers = new ManualTimers()
  const env = testEnv(timers)
  const node = new FakeNode(() => Promise.reject(new Error('nobody dials here')))
  const members = new AllowList()
  members.replace([{ peerId: peer, multiaddrs }])
  const sink = {
    opened: (peerId: string, connection: Parameters<Gone['connected']>[1]) => gone.connected(peerId, connection),
    disconnected: (peerId: string, connection: Parameters<Gone['connected']>[1]) => gone.disconnected(peerId, connection)
  }
  const connections = new Connections(node.node, sink, timers.monoMs)
  const reach = new Reach({ node: node.node, timers, dialPrivate: true })
  const found: string[] = []
  let probes = 0
  const mayConnect = () => ++probes <= dials
  const gone = new Gone({ env, members, connections, reach, mayConnect, gone: (peerId) => void found.push(peerId) })
  connections.start()
  return { timers, node, members, gone, found, probes: () => probes }
}

/** Both rounds of refusals, and what would come after them. */
async function passRounds({ timers, probes }: ReturnType<typeof start>, perRound = 1): Promise<void> {
  await until(() => probes() >= perRound)
  await until(() => timers.pending > 0)
  await timers.advance(500)
}

test.each([undefined, 'ECONNRESET'])(
  'the process has ended: it closed the connection (%s) and where it was dialled it refuses, twice',
  async (code) => {
    const address = await refusing()
    const peers = start([address])
    peers.node.connect(peer, { remoteAddr: address }).endByPeer(code)
    await passRounds(peers)
    await until(() => peers.found.length === 1)
    expect(peers.found).toEqual([peer])
    expect(peers.probes()).toBe(2)
  }
)

test('so it has where it came from the host that it announces', async () => {
  const address = await refusing()
  const peers = start([address])
  peers.node.connect(peer, { remoteAddr: '/ip4/127.0.0.1/tcp/50000', direction: 'inbound' }).endByPeer()
  await passRounds(peers)
  await until(() => peers.found.length === 1)
})

test('not where we closed the connection, cut it, or lost it', async () => {
  const address = await refusing()
  const { node, timers, found, probes } = start([address])
  await node.connect(peer, { remoteAddr: address }).close()
  node.connect(peer, { remoteAddr: address }).abort()
  node.connect(peer, { remoteAddr: address }).endByPeer('ETIMEDOUT')
  await timers.advance(10_000)
  expect([found, probes()]).toEqual([[], 0])
})

test('not while another connection stands, nor where something still listens', async () => {
  const { address } = await listening()
  const { node, timers, found, probes } = start([address])
  const [one, another] = [node.connect(peer, { remoteAddr: address }), node.connect(peer, { remoteAddr: address })]
  one.endByPeer()
  expect(probes()).toBe(0)
  another.endByPeer()
  await until(() => probes() === 1)
  await timers.advance(10_000)
  expect([found, probes()]).toEqual([[], 1])
})

test('every address at which it was reached counts', async () => {
  const [dead, { address: alive }] = [await refusing(), await listening()]
  const { node, timers, found } = start([dead, alive])
  await node.connect(peer, { remoteAddr: alive }).close()
  node.connect(peer, { remoteAddr: dead }).endByPeer()
  await timers.advance(0)
  await new Promise((resolve) => setImmediate(resolve))
  await timers.advance(10_000)
  expect(found).toEqual([])
})

test('an address at which it was never reached says nothing: another machine may have it here', async () => {
  const { node, timers, found, probes } = start([await refusing()])
  node.connect(peer, { remoteAddr: '/ip4/192.0.2.7/tcp/50000', direction: 'inbound' }).endByPeer()
  await timers.advance(10_000)
  expect([found, probes()]).toEqual([[], 0])
})

test('loopback says nothing about a peer on another machine', async () => {
  const loopback = await refusing()
  const { node, timers, found, probes } = start([loopback])
  await node.connect(peer, { remoteAddr: loopback }).close()
  node.connect(peer, { remoteAddr: '/ip4/192.0.2.7/tcp/50000', direction: 'inbound' }).endByPeer()
  await timers.advance(10_000)
  expect([found, probes()]).toEqual([[], 0])
})

test('it is back, or announced elsewhere, before the second refusal: the case is closed', async () => {
  const address = await refusing()
  for (const end of ['back', 'moved', 'removed'] as const) {
    const { node, timers, gone, found, probes } = start([address])
    node.connect(peer, { remoteAddr: address }).endByPeer()
    await until(() => probes() === 1 && timers.pending > 0)
    if (end === 'back') node.connect(peer, { remoteAddr: '/ip4/192.0.2.7/tcp/50000', direction: 'inbound' })
    else if (end === 'moved') gone.close(peer)
    else gone.forget(peer)
    await timers.advance(10_000)
    expect([end, found, probes()]).toEqual([end, [], 1])
  }
})

test('a peer without any address is gone when it has been away for 3 s', async () => {
  const { node, timers, found } = start([])
  node.connect(peer, { remoteAddr: '/ip4/192.0.2.7/tcp/50000', direction: 'inbound' }).endByPeer()
  await timers.advance(2_999)
  expect(found).toEqual([])
  await timers.advance(1)
  expect(found).toEqual([peer])
})

test('no more is asked than dials are allowed', async () => {
  const address = await refusing()
  const { node, timers, found } = start([address], { dials: 1 })
  node.connect(peer, { remoteAddr: address }).endByPeer()
  await until(() => timers.pending > 0)
  await timers.advance(500)
  expect(found).toEqual([])
})
