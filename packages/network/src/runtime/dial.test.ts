import { multiaddr } from '@multiformats/multiaddr'
import { expect, test } from 'vitest'
import { type Answer, FakeConnection, FakeNode } from '../testing/fake-node.ts'
import { ManualTimers } from '../testing/manual-timers.ts'
import { dialAddresses, dialFirst, dialTurn } from './dial.ts'

const peerId = '12D3KooWK99VoVxNE7XzyBwXEzW7xhK7Gpv85r9F3V3fyKSUKPH5'
const other = '12D3KooWJWoaqZhDaoEFshF7Rh1bpY9ohihFhzcW6d69Lr2NASuq'
const never = new AbortController().signal

function dial(addresses: string[], answer: Answer, signal = never) {
  const timers = new ManualTimers()
  const fake = new FakeNode(answer)
  const { transportManager } = fake.node.parts
  const dialling = dialFirst(
    ({ multiaddr: address }, either) => transportManager.dial(address, { signal: either }),
    timers,
    addresses.map((text) => ({ multiaddr: multiaddr(text), host: text, relay: undefined })),
    signal
  )
  // Looked at later; a rejection must not count as unhandled until then.
  dialling.catch(() => {})
  return { timers, fake, dialling }
}

const silent: Answer = (_address, signal) =>
  new Promise((_resolve, reject) => signal.addEventListener('abort', () => reject(signal.reason)))

const rules = { canDial: () => true, dialPrivate: true }
const dialled = (given: readonly string[], changes: object = {}) =>
  dialAddresses(peerId, given, { ...rules, ...changes }).map(({ multiaddr: address }) => String(address))

test('addresses end in the peer id; direct ones come before loopback, relayed ones last; what cannot be dialled is left out', () => {
  const relayed = `/ip4/192.0.2.9/tcp/1/p2p/${other}/p2p-circuit`
  const given = [relayed, '/ip4/127.0.0.1/tcp/1', 'nonsense', `/ip4/192.0.2.2/tcp/1/p2p/${other}`, `/ip4/192.0.2.1/tcp/1/p2p/${peerId}`]
  expect(dialled(given)).toEqual([`/ip4/192.0.2.1/tcp/1/p2p/${peerId}`, `/ip4/127.0.0.1/tcp/1/p2p/${peerId}`, `${relayed}/p2p/${peerId}`])
})

test('the sixteen best of those we can dial are tried, wherever they stand in the list', () => {
  const loopback = Array.from({ length: 40 }, (_, i) => `/ip4/127.0.0.1/tcp/${i + 1}`)
  const useless = Array.from({ length: 40 }, (_, i) => `/ip4/192.0.2.7/udp/${i + 1}/quic-v1`)
  const addresses = dialled([...loopback, ...useless, '/ip4/192.0.2.1/tcp/1'], {
    canDial: (address: object) => !`${address}`.includes('quic')
  })
  expect(addresses).toHaveLength(16)
  expect(addresses[0]).toBe(`/ip4/192.0.2.1/tcp/1/p2p/${peerId}`)
  expect(addresses.filter((address) => address.includes('quic'))).toEqual([])
})

test('an address behind a relay is dialled where the relay can be', () => {
  const relay = `/ip4/192.0.2.9/tcp/1/p2p/${other}`
  const [behind] = dialAddresses(peerId, [`${relay}/p2p-circuit`], rules)
  expect(behind).toMatchObject({ host: '192.0.2.9' })
  expect(String(behind?.relay)).toBe(relay)
  expect(dialled([`${relay}/p2p-circuit`], { canDial: (address: object) => `${address}`.includes('/ws') })).toEqual([])
})

test.each([
  '/unix/%2Frun%2Fdocker.sock',
  `/unix/%2Frun%2Fdocker.sock/p2p/${other}/p2p-circuit`,
  '/memory/1',
  '/dnsaddr/example.org/tcp/1',
  '/ip4/192.0.2.1/tcp/1/http',
  '/ip4/0.0.0.0/tcp/1',
  '/ip6/::/tcp/1',
  '/ip4/224.0.0.251/tcp/1',
  '/ip4/255.255.255.255/tcp/1',
  '/ip4/300.0.0.1/tcp/1',
  '/ip4/192.0.2.1/tcp/99999',
  `/ip4/192.0.2.1/tcp/1/p2p/nobody/p2p-circuit`
])('%s is never dialled', (address) => {
  expect(dialled([address])).toEqual([])
})

test.each([
  '/ip4/127.0.0.1/tcp/1',
  '/ip6/::1/tcp/1',
  '/ip6/::ffff:127.0.0.1/tcp/1',
  '/ip6/64:ff9b::10.0.0.1/tcp/1',
  '/ip4/10.0.0.1/tcp/1/ws',
  '/ip4/169.254.169.254/tcp/80',
  '/ip6/fd00::1/tcp/1',
  `/ip4/192.168.0.1/tcp/1/p2p/${other}/p2p-circuit`
])('%s is dialled, unless private addresses are not', (address) => {
  expect(dialled([address])).toHaveLength(1)
  expect(dialled([address, '/ip4/8.8.8.8/tcp/1', '/dns4/example.org/tcp/1'], { dialPrivate: false })).toEqual([
    `/ip4/8.8.8.8/tcp/1/p2p/${peerId}`,
    `/dns4/example.org/tcp/1/p2p/${peerId}`
  ])
})

test('a dial goes to four hosts, the next one to the next four, and then from the start again', () => {
  const at = (host: number, port: number) => `/ip4/192.0.2.${host}/tcp/${port}`
  const all = dialAddresses(peerId, [...[1, 2, 3, 4, 5, 6].map((host) => at(host, 1)), at(1, 2)], rules)
  const first = dialTurn(all, 0, 4)
  expect(first.addresses.map(({ host }) => host)).toEqual(['192.0.2.1', '192.0.2.2', '192.0.2.3', '192.0.2.4', '192.0.2.1'])
  const second = dialTurn(all, first.nextHost, 4)
  expect(second.addresses.map(({ host }) => host)).toEqual(['192.0.2.5', '192.0.2.6'])
  expect(second.nextHost).toBe(0)
  expect(dialTurn(all.slice(0, 3), first.nextHost, 4).addresses).toHaveLength(3)
})

test('an address that swallows packets delays the next one by its lead only, and is given up once another answers', async () => {
  let cut: unknown
  const connection = new FakeConnection(new FakeNode(silent), peerId).connection
  const { timers, fake, dialling } = dial(['/ip4/192.0.2.1/tcp/1', '/ip4/192.0.2.2/tcp/1'], async (address, signal) => {
    if (address.includes('192.0.2.2')) return connection
    signal.addEventListener('abort', () => {
      cut = signal.reason
    })
    return silent(address, signal)
  })
  await timers.advance(249)
  expect(fake.dialled).toEqual(['/ip4/192.0.2.1/tcp/1'])
  await timers.advance(1)
  expect(await dialling).toBe(connection)
  expect(cut).toBeInstanceOf(Error)
  expect(timers.pending).toBe(0)
})

test('an address that fails at once gives way at once', async () => {
  const connection = new FakeConnection(new FakeNode(silent), peerId).connection
  const { timers, dialling } = dial(['/ip4/192.0.2.1/tcp/1', '/ip4/192.0.2.2/tcp/1', '/ip4/192.0.2.3/tcp/1'], async (address) => {
    if (address.includes('192.0.2.3')) return connection
    throw new Error('refused')
  })
  await timers.advance(0)
  expect(await dialling).toBe(connection)
})

test("the winner's own signal is never aborted: Node would destroy its socket", async () => {
  const signals: AbortSignal[] = []
  const connection = new FakeConnection(new FakeNode(silent), peerId).connection
  const { timers, dialling } = dial(['/ip4/192.0.2.1/tcp/1'], async (_address, signal) => {
    signals.push(signal)
    return connection
  })
  await timers.advance(0)
  await dialling
  await timers.advance(60_000)
  expect(signals.map(({ aborted }) => aborted)).toEqual([false])
})

test('when none answers the error names each address with its reason', async () => {
  const { timers, dialling } = dial(['/ip4/192.0.2.1/tcp/1', '/ip4/192.0.2.2/tcp/2'], async (address) => {
    throw new Error(address.includes('.1/') ? 'refused' : 'unreachable')
  })
  await timers.advance(0)
  await expect(dialling).rejects.toThrow('/ip4/192.0.2.1/tcp/1 (refused), /ip4/192.0.2.2/tcp/2 (unreachable)')
  await expect(dial([], silent).dialling).rejects.toThrow('no address that can be dialled')
})

test('an abort ends it with the reason of the signal', async () => {
  const controller = new AbortController()
  const { timers, dialling } = dial(['/ip4/192.0.2.1/tcp/1', '/ip4/192.0.2.2/tcp/2'], silent, controller.signal)
  await timers.advance(1)
  controller.abort(new Error('enough'))
  await expect(dialling).rejects.toThrow('enough')
  expect(timers.pending).toBe(0)
})
