import { createHash } from 'node:crypto'
import { PeerIdentity, publicKeyOfPeerId, verify } from '@auki/identity'
import { expect, test } from 'vitest'
import { RequestSigner } from './signature.ts'

const identity = PeerIdentity.fromSeed(new Uint8Array(32).fill(1))
const request = {
  method: 'POST',
  url: new URL('https://Example.com:8443/base/clusters/lab/liveness'),
  body: '{"peer_count":1}',
  ifMatch: '"7"'
}

/** Puts the signature base together again from what went over the wire. */
function base(headers: Record<string, string>, values: Record<string, string>): string {
  const params = headers['Signature-Input']!.replace(/^auki=/, '')
  const names = [.../^\(([^)]*)\)/.exec(params)![1]!.matchAll(/"([^"]+)"/g)].map(([, name]) => name!)
  return [...names.map((name) => `"${name}": ${values[name]}`), `"@signature-params": ${params}`].join('\n')
}

test('what is sent can be checked with the key in the peer id', () => {
  const headers = new RequestSigner(identity).sign(request, 1_700_000_000_123)
  expect(headers['Content-Digest']).toBe(`sha-256=:${createHash('sha256').update(request.body).digest('base64')}:`)
  expect(headers['Signature-Input']).toBe(
    'auki=("@method" "@authority" "@path" "content-digest" "if-match");created=1700000000;nonce="1700000000123000000";alg="ed25519";' +
      `keyid="${identity.peerId}"`
  )
  const values = {
    '@method': 'POST',
    '@authority': 'example.com:8443',
    '@path': '/base/clusters/lab/liveness',
    'content-digest': headers['Content-Digest']!,
    'if-match': '"7"'
  }
  const signature = Buffer.from(/^auki=:(.*):$/.exec(headers['Signature']!)![1]!, 'base64')
  verify(publicKeyOfPeerId(identity.peerId)!, Buffer.from(base(headers, values)), signature)
  const forged = Buffer.from(base(headers, { ...values, '@path': '/other' }))
  expect(() => verify(publicKeyOfPeerId(identity.peerId)!, forged, signature)).toThrow()
})

test('a request without If-Match covers none', () => {
  const headers = new RequestSigner(identity).sign({ ...request, ifMatch: undefined }, 1)
  expect(headers['Signature-Input']).toContain('("@method" "@authority" "@path" "content-digest");')
})

test('the nonce grows with every request, whatever the clock does', () => {
  const signer = new RequestSigner(identity)
  const nonces = [2_000, 2_000, 1_000, 3_000].map((now) => /nonce="(\d+)"/.exec(signer.sign(request, now)['Signature-Input']!)![1])
  expect(nonces).toEqual(['2000000000', '2000000001', '2000000002', '3000000000'])
})
