import { JoinRequestSchema, writeMessage } from '@auki/datatypes/protobuf'
import { describe, expect, it } from 'vitest'
import type { CodecError } from './codec-errors.ts'
import * as join from './join.ts'

const utf8 = (text: string) => new TextEncoder().encode(text)
const text = (bytes: Uint8Array) => new TextDecoder().decode(bytes)
const hex = (digits: string) => Uint8Array.from(Buffer.from(digits, 'hex'))
const hexOf = (bytes: Uint8Array) => Buffer.from(bytes).toString('hex')
const request = { multiaddrs: ['/ip4/192.0.2.1/tcp/4001'], authorization: 'Bearer token', observer: true }

function thrown(work: () => unknown): CodecError {
  try {
    work()
  } catch (error) {
    return error as CodecError
  }
  throw new Error('nothing was thrown')
}

describe('a join request', () => {
  it('comes back whole', () => {
    expect(join.decodeRequest(join.encodeRequest(request))).toEqual({ request, form: 'protobuf' })
    const named = { ...request, instance: 'i'.repeat(64) }
    expect(join.decodeRequest(join.encodeRequest(named)).request).toEqual(named)
  })

  it('leaves out what is empty', () => {
    expect(join.encodeRequest({ multiaddrs: [], authorization: '', observer: false })).toHaveLength(0)
    expect(join.decodeRequest(hex('')).request).toEqual({ multiaddrs: [], authorization: '', observer: false })
  })

  it('of a process that names itself at length is read as of one that does not', () => {
    expect(join.decodeRequest(join.encodeRequest({ ...request, instance: 'i'.repeat(65) })).request).toEqual(request)
  })

  it('has a name where it says one: cleaned and cut, never refused', () => {
    const named = { ...request, name: 'Zoë 🤖' }
    expect(join.decodeRequest(join.encodeRequest(named)).request).toEqual(named)
    const written = (name: string) => join.decodeRequest(writeMessage(JoinRequestSchema, { name })).request.name
    expect(written('\u202enimda\u0000')).toBe('nimda')
    expect(written('🤖'.repeat(100_000))).toBe('🤖'.repeat(128))
    expect(written('\u0007')).toBeUndefined()
    expect(join.encodeRequest({ ...request, name: '\u0007' })).toEqual(join.encodeRequest(request))
    expect(join.decodeRequest(join.encodeRequest({ ...request, name: 'x'.repeat(500) })).request.name).toBe('x'.repeat(128))
    expect(hexOf(join.encodeRequest({ multiaddrs: [], authorization: '', observer: false, name: 'Ada' }))).toBe('d23e03416461')
  })

  it('is read in the JSON form of older peers, unknown keys and all', () => {
    const json = utf8('{"multiaddrs":["/ip4/192.0.2.1/tcp/4001"],"x":1}')
    expect(join.decodeRequest(json)).toEqual({ request: { ...request, authorization: '', observer: false }, form: 'json' })
  })

  it('skips unknown fields', () => {
    const bytes = Uint8Array.from([...join.encodeRequest(request), ...hex('983f05')])
    expect(join.decodeRequest(bytes).request).toEqual(request)
  })

  it('has its addresses in canonical text', () => {
    const long = utf8('{"multiaddrs":["/ip6/0:0:0:0:0:0:0:1/tcp/1"]}')
    expect(join.decodeRequest(long).request.multiaddrs).toEqual(['/ip6/::1/tcp/1'])
  })

  it.each([
    '',
    '/',
    'ip4/1.2.3.4',
    '/ip4/999.1.1.1/tcp/1',
    '/ip4/1.2.3.4/tcp',
    '/ip4/1.2.3.4/tcp/70000',
    '/nonsense/1',
    '/ip4/1.2.3.4/tcp/1/p2p/xyz',
    '/ip4/1.2.3.4/udp/1/quic-v1/webtransport/certhash/xyz'
  ])('with the address %j is refused, by writer and reader', (bad) => {
    const multiaddrs = [request.multiaddrs[0]!, bad]
    const error = thrown(() => join.decodeRequest(utf8(JSON.stringify({ multiaddrs }))))
    expect(error).toMatchObject({ name: 'CodecError', code: 'invalid-multiaddr', details: { value: bad, error: expect.any(String) } })
    expect(thrown(() => join.decodeRequest(writeMessage(JoinRequestSchema, { multiaddrs }))).code).toBe('invalid-multiaddr')
    expect(thrown(() => join.encodeRequest({ ...request, multiaddrs })).code).toBe('invalid-multiaddr')
  })

  it('has no address that would take long to read', () => {
    const long = `/p2p/Q${'z'.repeat(500_000)}`
    const error = thrown(() => join.decodeRequest(writeMessage(JoinRequestSchema, { multiaddrs: [long] })))
    expect([error.code, String(error.details['value']).length]).toEqual(['invalid-multiaddr', 512])
    expect(thrown(() => join.decodeRequest(utf8(JSON.stringify({ multiaddrs: [long.slice(0, 60_000)] })))).code).toBe('invalid-multiaddr')
  })

  it('has 16 addresses that are read, and some that are not', () => {
    const multiaddrs = (count: number) => Array.from({ length: count }, () => '/ip4/192.0.2.1')
    const unread = [...multiaddrs(16), 'not an address']
    for (const payload of [
      writeMessage(JoinRequestSchema, { multiaddrs: unread, authorization: 'a' }),
      utf8(JSON.stringify({ multiaddrs: unread }))
    ]) {
      expect(join.decodeRequest(payload).request.multiaddrs).toEqual(multiaddrs(16))
    }
    expect(
      join.decodeRequest(writeMessage(JoinRequestSchema, { multiaddrs: multiaddrs(4_000), authorization: 'a' })).request
    ).toMatchObject({
      authorization: 'a'
    })
    expect(join.decodeRequest(join.encodeRequest({ ...request, multiaddrs: multiaddrs(17) })).request.multiaddrs).toHaveLength(16)
  })

  it('is refused before it is built when it holds more than any legal one', () => {
    for (const payload of [
      utf8(`{"multiaddrs":[${'0,'.repeat(500_000)}0]}`),
      utf8(`{"multiaddrs":[],"x":[${'0,'.repeat(300)}0]}`),
      utf8(`{"multiaddrs":[],"x":"${'x'.repeat(65_536)}"}`),
      new Uint8Array(1_048_576).fill(0x0a).map((byte, index) => (index % 2 === 0 ? byte : 0))
    ]) {
      expect(thrown(() => join.decodeRequest(payload)).code).toBe('decode')
    }
  })

  it.each(['{}', '{"multiaddrs":"/ip4/1.2.3.4"}', '{"multiaddrs":[1]}', '{', '{"multiaddrs":["\\ud800"]}'])(
    '%s is a decode error',
    (bad) => {
      expect(thrown(() => join.decodeRequest(utf8(bad))).code).toBe('decode')
    }
  )

  it('over the frame is not written', () => {
    const error = thrown(() => join.encodeRequest({ ...request, authorization: 'x'.repeat(2 ** 20) }))
    expect(error.code).toBe('frame-too-large')
    expect(error.details).toEqual({ actual: 2 ** 20 + 32, max: 2 ** 20 })
  })
})

describe('a join response', () => {
  const accept = { kind: 'accept', membershipJson: '{"peers":[]}', successorToken: Uint8Array.of(222, 173) } as const
  const reject = { kind: 'reject', reason: 'go away' } as const

  it.each(['protobuf', 'json'] as const)('comes back whole in the %s form', (form) => {
    for (const response of [accept, reject, { ...accept, successorToken: new Uint8Array(0) }, { kind: 'reject', reason: '' } as const]) {
      expect(join.decodeResponse(join.encodeResponse(response, form))).toEqual(response)
    }
  })

  it('is JSON as older peers know it', () => {
    expect(text(join.encodeResponse(accept, 'json'))).toBe(
      '{"kind":"accept","membership_json":"{\\"peers\\":[]}","successor_token":[222,173]}'
    )
    expect(text(join.encodeResponse({ ...accept, successorToken: hex('') }, 'json'))).toContain('"successor_token":[]')
    expect(text(join.encodeResponse(reject, 'json'))).toBe('{"kind":"reject","reason":"go away"}')
  })

  it('is written with its arm even where that is empty', () => {
    expect(join.encodeResponse({ kind: 'reject', reason: '' })).toEqual(hex('1200'))
    expect(join.encodeResponse({ kind: 'accept', membershipJson: '', successorToken: hex('') })).toEqual(hex('0a00'))
    expect(join.decodeResponse(hex('1200'))).toEqual({ kind: 'reject', reason: '' })
  })

  it('without an arm is a missing variant', () => {
    expect(thrown(() => join.decodeResponse(hex(''))).code).toBe('missing-variant')
    expect(thrown(() => join.decodeResponse(hex('1a00'))).code).toBe('missing-variant')
  })

  it.each([
    '{}',
    '{"kind":"maybe"}',
    '{"kind":"reject"}',
    '{"kind":"accept","membership_json":"","successor_token":[256]}',
    '{"kind":"accept","membership_json":"","successor_token":[1.0]}'
  ])('%s is a decode error', (bad) => {
    expect(thrown(() => join.decodeResponse(utf8(bad))).code).toBe('decode')
  })
})
