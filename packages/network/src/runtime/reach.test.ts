import { expect, test } from 'vitest'
import { FakeNode } from '../testing/fake-node.ts'
import { ManualTimers } from '../testing/manual-timers.ts'
import { Reach } from './reach.ts'

const peerId = '12D3KooWK99VoVxNE7XzyBwXEzW7xhK7Gpv85r9F3V3fyKSUKPH5'
const relayId = '12D3KooWJWoaqZhDaoEFshF7Rh1bpY9ohihFhzcW6d69Lr2NASuq'
const relay = `/ip4/192.0.2.9/tcp/1/p2p/${relayId}`
const behind = `${relay}/p2p-circuit/p2p/${peerId}`
const never = new AbortController().signal

function start(dialPrivate: boolean, ips: readonly string[] = []) {
  const asked: string[] = []
  const fake: FakeNode = new FakeNode(async (address) => fake.connect(address === relay ? relayId : peerId).connection)
  const reach = new Reach({
    node: fake.node,
    timers: new ManualTimers(),
    dialPrivate,
    resolve: async (host) => {
      asked.push(host)
      return [...ips]
    }
  })
  const dial = (address: string) => reach.dial(reach.addresses(peerId, [address])[0]!, never)
  return { fake, reach, asked, dial }
}

test('a relay is connected to at the address given, before the circuit', async () => {
  const { fake, dial } = start(true)
  await dial(behind)
  expect(fake.dialled).toEqual([relay, behind])
})

test('a relay we are connected to is not dialled again, whatever address it is named at', async () => {
  const { fake, dial } = start(true)
  fake.connect(relayId)
  await dial(behind.replace('192.0.2.9', '192.0.2.10'))
  expect(fake.dialled).toEqual([behind.replace('192.0.2.9', '192.0.2.10')])
})

test('those behind one relay share the connection to it', async () => {
  const { fake, dial } = start(true)
  await Promise.all([dial(behind), dial(behind)])
  expect(fake.dialled).toEqual([relay, behind, behind])
})

test.each([['127.0.0.1'], ['8.8.8.8', '10.0.0.1'], ['::ffff:192.168.0.1'], ['0.0.0.0']])(
  'a name that leads to %s is not dialled where private addresses are not, nor a relay of that name',
  async (...ips) => {
    const { fake, asked, dial } = start(false, ips)
    await expect(dial('/dns4/robot.example/tcp/80/ws')).rejects.toThrow('robot.example leads to')
    await expect(dial(`/dns4/relay.example/tcp/1/p2p/${relayId}/p2p-circuit`)).rejects.toThrow('relay.example leads to')
    expect(asked).toEqual(['robot.example', 'relay.example'])
    expect(fake.dialled).toEqual([])
  }
)

test('a name that leads to others is', async () => {
  const { fake, dial } = start(false, ['8.8.8.8', '2001:db8::1'])
  await dial('/dns4/robot.example/tcp/80/ws')
  expect(fake.dialled).toEqual([`/dns4/robot.example/tcp/80/ws/p2p/${peerId}`])
})

test('names are not looked up where private addresses are dialled', async () => {
  const { asked, dial } = start(true, ['127.0.0.1'])
  await dial('/dns4/robot.example/tcp/80/ws')
  expect(asked).toEqual([])
})
