import { ManualClock } from '@auki/canonical/testing'
import { expect, test } from 'vitest'
import { startPeer, startSwarm } from '../testing/peers.ts'
import { watchAddresses } from './address-watch.ts'
import type { AddressSource } from './advertised.ts'

const at = (ip: string) => (ip.includes(':') ? `/ip6/${ip}/tcp/4001` : `/ip4/${ip}/tcp/4001`)
const loopback = { name: 'lo', ip: '127.0.0.1' }
const settled = () => new Promise<void>((resolve) => setImmediate(resolve))

/** A machine whose interfaces a test sets; a node listens on all of them and, as libp2p does, names no link-local address. */
class Machine implements AddressSource {
  ips: { name: string; ip: string }[] = []
  relayed: string[] = []
  /** From where Discovery is reached. */
  routes: string[] = []
  asked = 0

  /** Everything behind one interface, by which Discovery is reached. */
  plug(name: string, ...ips: string[]): void {
    this.ips = ips.map((ip) => ({ name, ip }))
    this.routes = ips
  }

  unplug(): void {
    this.plug('')
  }

  candidates(): string[] {
    const listened = this.interfaces().filter(({ ip }) => !ip.startsWith('fe80:'))
    return [...listened.map(({ ip }) => at(ip)), ...this.relayed]
  }

  interfaces() {
    return [loopback, ...this.ips]
  }

  async routesTo(): Promise<string[]> {
    this.asked++
    return this.routes
  }
}

async function watching(machine: Machine, init: { override?: string[]; places?: string[] } = {}) {
  const timers = new ManualClock()
  const told: (readonly string[])[] = []
  const lines: string[] = []
  const log = (_level: string, text: string) => lines.push(text)
  const changed = (multiaddrs: readonly string[]) => told.push(multiaddrs)
  const options = { discoveryUrl: 'http://203.0.113.9:8080', changed, timers, source: machine, log }
  const watch = await watchAddresses(await startSwarm({ listen: [] }), { ...options, ...init })
  const pass = (ms: number) => timers.advanceAsync(ms, settled)
  // What was going on when it began.
  await pass(4_000)
  return { watch, told, lines, timers, pass }
}

test('another network is told within four seconds, once', async () => {
  const machine = new Machine()
  machine.plug('wlan0', '192.168.1.5')
  const { watch, told, pass } = await watching(machine)
  expect({ now: watch.multiaddrs, told }).toEqual({ now: [at('192.168.1.5')], told: [] })
  machine.plug('wlan0', '10.0.0.7', '2001:db8::7')
  await pass(4_000)
  expect(told).toEqual([[at('10.0.0.7'), at('2001:db8::7')]])
  expect(watch.multiaddrs).toBe(told[0])
  await pass(60_000)
  expect(told).toHaveLength(1)
})

test('an interface that comes up in steps is told when it has settled', async () => {
  const machine = new Machine()
  machine.plug('eth0', '10.0.0.7')
  const { told, pass } = await watching(machine)
  for (const more of ['2001:db8::7', '2001:db8::8', '2001:db8::9']) {
    machine.ips.push({ name: 'eth0', ip: more })
    await pass(1_500)
  }
  expect(told).toEqual([])
  await pass(2_000)
  expect(told).toEqual([[at('10.0.0.7'), at('2001:db8::7'), at('2001:db8::8'), at('2001:db8::9')]])
})

test('what never settles is told nevertheless', async () => {
  const machine = new Machine()
  machine.plug('eth0', '10.0.0.7')
  const { told, pass } = await watching(machine)
  for (let second = 0; second < 12; second++) {
    machine.ips = [...machine.ips.slice(0, 1), { name: 'eth1', ip: `10.1.0.${second}` }]
    await pass(1_000)
  }
  expect(told).toHaveLength(1)
})

test('containers that come and go do not delay it', async () => {
  const machine = new Machine()
  machine.plug('eth0', '10.0.0.7')
  const { told, pass } = await watching(machine)
  machine.plug('eth0', '10.0.0.8')
  for (let second = 0; second < 4; second++) {
    machine.ips = [...machine.ips.slice(0, 1), { name: `veth${second}`, ip: `fe80::${second}` }]
    await pass(1_000)
  }
  expect(told).toEqual([[at('10.0.0.8')]])
})

test('a cut changes nothing: the address that comes back was never taken back', async () => {
  const machine = new Machine()
  machine.plug('wlan0', '192.168.1.5')
  const { watch, told, pass } = await watching(machine)
  machine.unplug()
  machine.ips = [{ name: 'docker0', ip: '172.17.0.1' }]
  await pass(120_000)
  expect(watch.multiaddrs).toEqual([at('192.168.1.5')])
  machine.plug('wlan0', '192.168.1.5')
  await pass(10_000)
  expect(told).toEqual([])
})

test('an address that comes after a cut is told, though the way to Discovery comes later', async () => {
  const machine = new Machine()
  machine.plug('wlan0', '192.168.1.5')
  const { told, pass } = await watching(machine)
  machine.unplug()
  await pass(30_000)
  machine.plug('wlan0', '10.0.0.7')
  machine.routes = []
  await pass(5_000)
  expect(told).toEqual([])
  machine.routes = ['10.0.0.7']
  await pass(1_000)
  expect(told).toEqual([[at('10.0.0.7')]])
})

test('where Discovery is on this machine, peers on it are told the loopback addresses as soon as there are no others', async () => {
  const machine = new Machine()
  machine.plug('wlan0', '192.168.1.5')
  machine.routes = ['127.0.0.1']
  const { told, lines, pass } = await watching(machine)
  machine.ips = []
  await pass(4_000)
  expect(told).toEqual([[at('127.0.0.1')]])
  expect(lines).toEqual([expect.stringContaining('only peers on this one will find us')])
})

test('the way to Discovery comes first after a change, too', async () => {
  const machine = new Machine()
  machine.plug('wlan0', '192.168.1.5')
  const { told, pass } = await watching(machine)
  machine.ips.push({ name: 'eth0', ip: '10.0.0.7' })
  machine.routes = ['10.0.0.7']
  await pass(4_000)
  expect(told).toEqual([[at('10.0.0.7'), at('192.168.1.5')]])
})

test('addresses beyond the sixteen that are told are no change', async () => {
  const machine = new Machine()
  const ips = Array.from({ length: 16 }, (_, i) => `10.0.0.${i + 1}`)
  machine.plug('eth0', ...ips)
  const { told, lines, pass } = await watching(machine)
  machine.ips.push({ name: 'eth0', ip: '10.0.0.99' })
  await pass(4_000)
  expect({ told, lines }).toEqual({ told: [], lines: [] })
})

const relay = '12D3KooWPjceQrSwdWXPyLLeABRXmuqt69Rg3sBYbU1Nft9HyQ6X'

test('a place at a relay is told as long as it is held', async () => {
  const machine = new Machine()
  machine.plug('eth0', '10.0.0.7')
  const place = `/dns4/relay.example/tcp/1/p2p/${relay}/p2p-circuit`
  machine.relayed = [`${at('10.9.9.9')}/p2p/${relay}/p2p-circuit`]
  const { watch, told, pass } = await watching(machine, { places: [place] })
  expect(watch.multiaddrs).toEqual([at('10.0.0.7'), place])
  machine.relayed = []
  await pass(4_000)
  machine.relayed = [`${at('10.9.9.9')}/p2p/${relay}/p2p-circuit`]
  await pass(4_000)
  expect(told).toEqual([[at('10.0.0.7')], [at('10.0.0.7'), place]])
})

test('the last address is not taken back', async () => {
  const machine = new Machine()
  machine.relayed = [`${at('10.9.9.9')}/p2p/${relay}/p2p-circuit`]
  const { watch, told, pass } = await watching(machine)
  const before = watch.multiaddrs
  machine.relayed = []
  machine.candidates = () => []
  await pass(10_000)
  expect({ told, now: watch.multiaddrs }).toEqual({ told: [], now: before })
})

test('what was given is told as it is, whatever changes', async () => {
  const machine = new Machine()
  machine.plug('eth0', '10.0.0.7')
  const { watch, told, pass } = await watching(machine, { override: [at('127.0.0.1')] })
  machine.plug('eth0', '10.0.0.8')
  await pass(10_000)
  expect({ told, now: watch.multiaddrs }).toEqual({ told: [], now: [at('127.0.0.1')] })
})

test('a look that fails is said, and made again', async () => {
  const machine = new Machine()
  machine.plug('eth0', '10.0.0.7')
  const { told, lines, pass } = await watching(machine)
  machine.plug('eth0', '10.0.0.8')
  const { interfaces } = machine
  await pass(2_000)
  machine.routesTo = async () => {
    machine.interfaces = () => {
      machine.interfaces = interfaces
      throw new Error('out of file descriptors')
    }
    return ['10.0.0.8']
  }
  await pass(1_000)
  machine.routesTo = async () => ['10.0.0.8']
  expect(lines).toEqual([expect.stringContaining('out of file descriptors')])
  await pass(2_000)
  expect(told).toEqual([[at('10.0.0.8')]])
})

test('it ends when it is disposed of, also while it asks, and holds no process meanwhile', async () => {
  const machine = new Machine()
  machine.plug('eth0', '10.0.0.7')
  const { watch, told, timers, pass } = await watching(machine)
  expect(timers.pending.map(({ holdsProcess }) => holdsProcess)).toEqual([false])
  const answer = Promise.withResolvers<string[]>()
  machine.routesTo = () => answer.promise
  machine.plug('eth0', '10.0.0.8')
  await pass(4_000)
  watch[Symbol.dispose]()
  answer.resolve(['10.0.0.8'])
  await settled()
  expect({ told, pending: timers.pending }).toEqual({ told: [], pending: [] })
})

test('a real place at a relay is found and told', async () => {
  const peer = await startPeer({ swarm: { relayServer: true } })
  const hidden = await startPeer({ swarm: { listen: [] } })
  const timers = new ManualClock()
  const told: (readonly string[])[] = []
  using watch = await watchAddresses(hidden.swarm, { changed: (multiaddrs) => told.push(multiaddrs), timers })
  expect(watch.multiaddrs).toEqual([])
  await hidden.runtime.reserveRelayCircuitAddr(`${peer.multiaddrs[0]}/p2p/${peer.peerId}`, { timeoutMs: 5_000 })
  await timers.advanceAsync(4_000, settled)
  expect(told).toEqual([[expect.stringContaining(`${peer.peerId}/p2p-circuit`)]])
})
