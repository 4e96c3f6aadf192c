import { once } from 'node:events'
import { type AddressInfo, createServer, type Socket } from 'node:net'
import { createDiscoveryServer } from '@auki/discovery'
import { expect, test } from 'vitest'
import { eventually, ourPeer } from '../foreign/our-peer.ts'
import { ForeignNode } from '../foreign/peer/foreign-node.ts'
import { joinRequest } from '../foreign/peer/messages.ts'

const rejoins = 70
const hostsEach = 16
const membersCount = 4

test('a joiner that names ever new targets has the members connect to few of them', async () => {
  await using stack = new AsyncDisposableStack()
  // Whoever speaks to it waits for an answer that never comes.
  const sockets: Socket[] = []
  const target = createServer((socket) => void sockets.push(socket.on('error', () => {}))).listen(0, '0.0.0.0')
  stack.defer(() => {
    target.close()
    for (const socket of sockets) socket.destroy()
  })
  await once(target, 'listening')
  const { port } = target.address() as AddressInfo

  const discovery = stack.use(await createDiscoveryServer())
  const settings = { preset: 'lan', peerLossTimeoutMs: 60_000 } as const
  const manager = stack.use(await ourPeer(211, discovery, 'lab', { settings }))
  const members = []
  for (let i = 0; i < membersCount; i++) members.push(stack.use(await ourPeer(212 + i, discovery, 'lab', { settings })))

  const joiner = stack.use(await ForeignNode.start(230))
  await joiner.serve('heartbeat', () => {})
  await joiner.connect(manager.peerId, manager.multiaddrs)
  const startedAt = performance.now()
  let last: string[] = []
  for (let i = 0; i < rejoins; i++) {
    last = Array.from({ length: hostsEach }, (_, host) => `/ip4/127.1.${i}.${host + 1}/tcp/${port}`)
    await joiner.ask(manager.peerId, 'join', joinRequest('protobuf', last))
  }
  // The addresses are accepted at once, and every member hears of them.
  const known = [manager, ...members].map(({ domain }) => domain.clusterManager)
  const lines = () => known.map(({ membership }) => membership.peers.find(({ peerId }) => peerId === joiner.peerId)?.multiaddrs)
  await eventually(() => expect(lines()).toEqual(known.map(() => last)))
  const dialsEach = 2 + (performance.now() - startedAt) / 800
  expect(sockets.length).toBeGreaterThan(0)
  expect(sockets.length).toBeLessThanOrEqual(membersCount * 4 * dialsEach)
}, 60_000)
