import { multiaddr } from '@multiformats/multiaddr'
import { expect, test } from 'vitest'
import { type Answer, FakeConnection, FakeNode } from '../testing/fake-node.ts'
import { ManualTimers } from '../testing/manual-timers.ts'
import { dialAddresses, dialFirst } from './dial.ts'

const peerId = '12D3KooWK99VoVxNE7XzyBwXEzW7xhK7Gpv85r9F3V3fyKSUKPH5'
const other = '12D3KooWJWoaqZhDaoEFshF7Rh1bpY9ohihFhzcW6d69Lr2NASuq'
const never = new AbortController().signal

function dial(addresses: string[], answer: Answer, signal = never) {
  const timers = new ManualTimers()
  const fake = new FakeNode(answer)
  const dialling = dialFirst(
    fake.node.parts,
    timers,
    addresses.map((text) => multiaddr(text)),
    signal
  )
  // Looked at later; a rejection must not count as unhandled until then.
  dialling.catch(() => {})
  return { timers, fake, dialling }
}

const silent: Answer = (_address, signal) =>
  new Promise((_resolve, reject) => signal.addEventListener('abort', () => reject(signal.reason)))

test('addresses end in the peer id; direct ones come before loopback, relayed ones last; what cannot be dialled is left out', () => {
  const relayed = `/ip4/192.0.2.9/tcp/1/p2p/${other}/p2p-circuit`
  const given = [relayed, '/ip4/127.0.0.1/tcp/1', 'nonsense', `/ip4/192.0.2.2/tcp/1/p2p/${other}`, `/ip4/192.0.2.1/tcp/1/p2p/${peerId}`]
  expect(dialAddresses(peerId, given).map(String)).toEqual([
    `/ip4/192.0.2.1/tcp/1/p2p/${peerId}`,
    `/ip4/127.0.0.1/tcp/1/p2p/${peerId}`,
    `${relayed}/p2p/${peerId}`
  ])
})

test('no more than sixteen addresses of one peer are tried', () => {
  const many = Array.from({ length: 40 }, (_, i) => `/ip4/192.0.2.1/tcp/${i + 1}`)
  expect(dialAddresses(peerId, many)).toHaveLength(16)
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
