import { expect, test } from 'vitest'
import { addressParts } from './address-parts.ts'

const id = '12D3KooWK99VoVxNE7XzyBwXEzW7xhK7Gpv85r9F3V3fyKSUKPH5'
const relay = `/ip4/192.0.2.9/tcp/1/p2p/${id}`

test.each([
  ['/ip4/10.0.0.1/tcp/4001', 'tcp', '10.0.0.1', 'private'],
  [`/ip6/2001:DB8::1/tcp/4001/p2p/${id}`, 'tcp', '2001:db8:0:0:0:0:0:1', 'global'],
  ['/dns4/Robot.example/tcp/80/ws', 'ws', 'robot.example', 'name'],
  ['/dns/robot.example/tcp/443/wss', 'wss', 'robot.example', 'name'],
  ['/dns/robot.example/tcp/443/tls/ws', 'wss', 'robot.example', 'name'],
  ['/ip4/8.8.8.8/tcp/443/tls/sni/quic-v1/ws', 'wss', '8.8.8.8', 'global'],
  ['/ip4/8.8.8.8/udp/443/quic-v1', 'quic', '8.8.8.8', 'global'],
  [`${relay}/p2p-circuit`, 'relay', '192.0.2.9', 'global'],
  [`${relay}/p2p-circuit/p2p/${id}`, 'relay', '192.0.2.9', 'global'],
  [`/ip4/127.0.0.1/tcp/1/ws/p2p/${id}/p2p-circuit`, 'relay', '127.0.0.1', 'loopback']
])('%s is %s at %s', (address, kind, host, scope) => {
  expect(addressParts(address)).toMatchObject({ kind, host, scope })
})

test('whose it is, and the part that is dialled first', () => {
  expect(addressParts(`${relay}/p2p-circuit/p2p/${id}`)).toMatchObject({ relay, peerId: id })
  expect(addressParts(relay)).toMatchObject({ peerId: id })
  expect(addressParts('/ip4/10.0.0.1/tcp/1')).not.toHaveProperty('peerId')
})

test.each([
  '/unix/%2Ftmp%2Fsocket',
  `/unix/%2Ftmp%2Fsocket/p2p/${id}`,
  `/unix/%2Ftmp%2Fsocket/p2p/${id}/p2p-circuit`,
  '/memory/7',
  '/dnsaddr/example.org/tcp/1',
  '/ip6zone/eth0/ip6/fe80::1/tcp/1',
  '/ip4/10.0.0.1/udp/1',
  '/ip4/10.0.0.1/tcp/1/http',
  '/ip4/10.0.0.1/tcp/1/ws/http-path/x',
  '/ip4/fe80::1/tcp/1',
  '/ip4/10.0.0.1/tcp/1/p2p-circuit',
  `/p2p/${id}/p2p-circuit`,
  `${relay}/p2p-circuit/p2p/${id}/p2p-circuit`,
  `${relay}/p2p-circuit/unix/x`,
  `${relay}/p2p-circuit/ip4/10.0.0.1/tcp/1`,
  '/ip4/10.0.0.1',
  'nonsense',
  '',
  `/dns4/${'a'.repeat(600)}/tcp/1`
])('%s is none that we use', (address) => {
  expect(addressParts(address).kind).toBe('other')
})
