import { expect, test } from 'vitest'
import { startPeer, startSwarm } from '../testing/peers.ts'
import { collectRoutableListenAddrs, resolveAdvertiseMultiaddrs } from './addresses.ts'
import { isRoutable } from './advertised.ts'
import { nodeOf } from './swarm.ts'

test.each([
  '/ip4/192.168.1.10/tcp/4001',
  '/ip4/10.0.0.1/udp/4001/quic-v1',
  '/ip4/172.17.0.1/tcp/1',
  '/ip4/8.8.8.8/tcp/1',
  '/ip6/2001:db8::1/tcp/1',
  '/ip6/fd00::1/tcp/1',
  '/ip6/fec0::1/tcp/1',
  '/ip6/::ffff:10.0.0.1/tcp/1',
  '/dns4/example.com/tcp/443/wss',
  '/p2p/12D3KooWK99VoVxNE7XzyBwXEzW7xhK7Gpv85r9F3V3fyKSUKPH5/p2p-circuit'
])('%s can be reached from another machine', (address) => {
  expect(isRoutable(address)).toBe(true)
})

test.each([
  '/ip4/127.0.0.1/tcp/4001',
  '/ip4/127.1.2.3/tcp/1',
  '/ip4/0.0.0.0/tcp/1',
  '/ip4/169.254.1.1/tcp/1',
  '/ip4/255.255.255.255/tcp/1',
  '/ip6/::1/tcp/1',
  '/ip6/0:0:0:0:0:0:0:1/tcp/1',
  '/ip6/::/tcp/1',
  '/ip6/FE80::1/tcp/1',
  '/ip6/febf::1/tcp/1',
  '/ip6zone/eth0/ip6/fe80::1/tcp/1',
  '/ip4/127.0.0.1/tcp/1/p2p/12D3KooWK99VoVxNE7XzyBwXEzW7xhK7Gpv85r9F3V3fyKSUKPH5/p2p-circuit',
  '/ip4/999.1.1.1/tcp/1',
  '/ip4/224.0.0.251/tcp/1',
  '/ip6/ff02::fb/tcp/1',
  '/ip6/::ffff:127.0.0.1/tcp/1',
  '/ip6/::ffff:169.254.1.1/tcp/1',
  '/ip6/::ffff:224.0.0.1/tcp/1',
  '/ip6/::ffff:0.0.0.0/tcp/1',
  '/unix/%2Ftmp%2Fsocket',
  '/memory/1',
  'nonsense',
  ''
])('%j can not', (address) => {
  expect(isRoutable(address)).toBe(false)
})

test('an override replaces the detection, even by loopback', async () => {
  const swarm = await startSwarm({ listen: ['/ip4/0.0.0.0/tcp/0'] })
  expect(await resolveAdvertiseMultiaddrs(swarm, ['/ip4/127.0.0.1/tcp/1', 'as it is'])).toEqual(['/ip4/127.0.0.1/tcp/1', 'as it is'])
})

test('what is routable is found; loopback is not among it', async () => {
  const announce = ['/ip4/127.0.0.1/tcp/1', '/ip4/192.0.2.1/tcp/1', '/ip4/192.0.2.1/tcp/1', '/ip4/192.0.2.2/tcp/1']
  const swarm = await startSwarm({ announce })
  const routable = ['/ip4/192.0.2.1/tcp/1', '/ip4/192.0.2.2/tcp/1']
  expect(await collectRoutableListenAddrs(swarm)).toEqual(routable)
  expect(await resolveAdvertiseMultiaddrs(swarm)).toEqual(routable)
})

test('more than sixteen are not told, an override neither; the rest is named in a warning', async () => {
  const announce = Array.from({ length: 20 }, (_, i) => `/ip4/192.0.2.${i}/tcp/1`)
  const swarm = await startSwarm({ announce })
  for (const override of [[], announce]) {
    const lines: string[] = []
    const log = (_level: string, text: string) => lines.push(text)
    expect(await resolveAdvertiseMultiaddrs(swarm, override, { log })).toEqual(announce.slice(0, 16))
    expect(lines).toEqual([expect.stringContaining(announce.slice(16).join(', '))])
  }
})

test('what is announced is told beside what the node listens on', async () => {
  const swarm = await startSwarm({ listen: ['/ip4/0.0.0.0/tcp/0'], announce: ['/dns4/robot.example/tcp/4001'] })
  const told = await resolveAdvertiseMultiaddrs(swarm)
  expect(told[0]).toBe('/dns4/robot.example/tcp/4001')
  expect(told.slice(1)).toEqual(nodeOf(swarm).candidates().slice(1).filter(isRoutable))
})

test('a place at a relay is told as it was taken, not as the relay sees itself', async () => {
  const relay = await startPeer({ swarm: { relayServer: true } })
  const hidden = await startPeer({ swarm: { listen: [] } })
  await hidden.runtime.reserveRelayCircuitAddr(`${relay.multiaddrs[0]}/p2p/${relay.peerId}`, { timeoutMs: 5_000 })
  const place = `/dns4/relay.example/tcp/1/p2p/${relay.peerId}/p2p-circuit/p2p/${hidden.peerId}`
  expect(await resolveAdvertiseMultiaddrs(hidden.swarm, [], { places: [place] })).toEqual([place])
})

test('where nothing is routable, peers on this machine get the loopback addresses, with a warning', async () => {
  const lines: string[] = []
  const swarm = await startSwarm({ listen: ['/ip4/127.0.0.1/tcp/0'] })
  const log = (level: string) => lines.push(level)
  expect(await resolveAdvertiseMultiaddrs(swarm, [], { log })).toEqual(swarm.listenAddresses())
  expect(await collectRoutableListenAddrs(swarm)).toEqual([])
  expect(lines).toEqual(['warn'])
})

test('who listens on nothing has nothing to advertise, and does not wait for it', async () => {
  const swarm = await startSwarm({ listen: [] })
  expect(await resolveAdvertiseMultiaddrs(swarm, [], { windowMs: 2 ** 30 })).toEqual([])
})

test('addresses that come late are waited for, up to the window', async () => {
  // Told to listen, and with no listener left.
  const swarm = await startSwarm()
  await swarm.stop()
  expect(await collectRoutableListenAddrs(swarm, { windowMs: 50 })).toEqual([])
  const aborted = AbortSignal.abort(new Error('enough'))
  await expect(collectRoutableListenAddrs(swarm, { signal: aborted })).rejects.toThrow('enough')
  const controller = new AbortController()
  const waiting = collectRoutableListenAddrs(swarm, { windowMs: 2 ** 30, signal: controller.signal })
  controller.abort(new Error('later'))
  await expect(waiting).rejects.toThrow('later')
})
