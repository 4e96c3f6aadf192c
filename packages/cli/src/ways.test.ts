import { expect, test } from 'vitest'
import { addressText, wayText } from './ways.ts'

test.each([
  ['/ip4/192.168.1.7/tcp/4001', '192.168.1.7:4001'],
  ['/ip6/2001:db8::7/tcp/4001/p2p/12D3KooWa', '[2001:db8::7]:4001'],
  ['/dns4/relay.example.org/tcp/443/wss/p2p/12D3KooWa', 'relay.example.org:443/wss'],
  ['/memory/a', '/memory/a']
])('%s is %s', (multiaddr, text) => {
  expect(addressText(multiaddr)).toBe(text)
})

test('a relayed peer is reached via its relay', () => {
  const multiaddr = '/ip4/203.0.113.9/tcp/4001/p2p/12D3KooWGjMBKAp6WJ74aFg/p2p-circuit'
  expect(wayText({ multiaddr, relayed: true })).toBe('via relay ·4aFg (203.0.113.9:4001)')
  expect(wayText({ multiaddr: '/ip4/203.0.113.9/tcp/4001', relayed: false })).toBe('203.0.113.9:4001')
})
