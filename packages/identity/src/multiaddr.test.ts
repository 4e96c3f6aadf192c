import { expect, test } from 'vitest'
import { canonicalMultiaddr, multiaddrCharsMax, multiaddrFault } from './index.ts'

const peerId = '12D3KooWK99VoVxNE7XzyBwXEzW7xhK7Gpv85r9F3V3fyKSUKPH5'
const certhash = 'uEiAkH5a4DPGKUuOBjYw0CgwjvcJCJMD2K_1aluKR_tpevQ'

test.each([
  ['/ip4/192.0.2.1/tcp/4001'],
  ['/ip6/::1/tcp/65535'],
  ['/dns4/relay.example/tcp/443/tls/sni/relay.example/ws'],
  ['/dns4/münchen.example/tcp/1'],
  [`/ip4/192.0.2.1/udp/1/quic-v1/webtransport/certhash/${certhash}/certhash/${certhash}/p2p/${peerId}`],
  [`/ip4/192.0.2.1/tcp/1/p2p/${peerId}/p2p-circuit/p2p/${peerId}`],
  ['/unix/%2Ftmp%2Fsocket'],
  ['/ip6zone/eth0/ip6/fe80::1/tcp/1'],
  ['/ip4/192.0.2.0/ipcidr/24'],
  [`/dns4/${'a'.repeat(multiaddrCharsMax - '/dns4/'.length)}`]
])('%s is canonical', (text) => {
  expect(canonicalMultiaddr(text)).toBe(text)
  expect(multiaddrFault(text)).toBeUndefined()
})

test.each([
  ['/ip4/192.0.2.1//tcp/1/', '/ip4/192.0.2.1/tcp/1'],
  ['/ip6/0:0:0:0:0:0:0:1/tcp/1', '/ip6/::1/tcp/1'],
  [`/ipfs/${peerId}`, `/p2p/${peerId}`]
])('%s is written %s', (text, canonical) => {
  expect(canonicalMultiaddr(text)).toBe(canonical)
  expect(canonicalMultiaddr(canonical)).toBe(canonical)
})

test.each<[string, RegExp]>([
  ['', /empty/],
  ['/', /empty/],
  ['10.0.0.1:80', /start with/],
  ['/ip4/192.0.2.999/tcp/1', /IPv4/],
  ['/ip4/01.2.3.4', /IPv4/],
  ['/ip4/192.0.2.1/tcp', /missing value/],
  ['/ip4/192.0.2.1/tcp/65536', /65535/],
  ['/ip4/192.0.2.1/tcp/-1', /positive/],
  ['/ip4/192.0.2.1/udp/1e3', /integer/],
  ['/ip4/192.0.2.1/sctp/65536', /65535/],
  ['/quic-v9', /unknown/],
  ['/ip4/192.0.2.1/p2p/QmInvalid', /base58|peer id/],
  ['/ip4/192.0.2.1/p2p/Qm', /peer id/],
  [`/ip4/192.0.2.1/tcp/1/p2p/QmX/p2p-circuit/p2p/${peerId}`, /"QmX" is not a peer id/],
  [`/p2p/${peerId}1`, /peer id/],
  ['/udp/1/webrtc-direct/certhash/uAAAA', /length/],
  [`/udp/1/webrtc-direct/certhash/${certhash.slice(0, -6)}`, /length/],
  ['/udp/1/webrtc-direct/certhash/0', /./],
  ['/ip4/192.0.2.0/ipcidr/300', /./],
  ['/dns4/a\ud800', /do not show/],
  ['/dns4/a\u202eb', /do not show/],
  ['/dns4/a\nb', /spaces/],
  ['/unix/%', /malformed/],
  [`/unix/${'é'.repeat(300)}`, /longer than 512 characters/],
  [`/dns4/${'a'.repeat(multiaddrCharsMax)}`, /longer than 512 characters/],
  [`/p2p/${'z'.repeat(100_000)}`, /longer than 512 characters/]
])('%j is refused, with the text and what is wrong', (text, error) => {
  expect(multiaddrFault(text)).toMatch(error)
  expect(() => canonicalMultiaddr(text)).toThrow(
    expect.objectContaining({
      code: 'invalid-multiaddr',
      details: { value: text.slice(0, multiaddrCharsMax), error: expect.stringMatching(error) }
    })
  )
})
