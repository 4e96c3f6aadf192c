/** The two protocols that push one JSON frame. */
import { describe, expect, it } from 'vitest'
import * as diagnostic from './diagnostic.ts'
import * as membership from './membership.ts'

const utf8 = (text: string) => new TextEncoder().encode(text)
const text = (bytes: Uint8Array) => new TextDecoder().decode(bytes)
const failure = (code: string) => expect.objectContaining({ name: 'CodecError', code })

describe('a membership update', () => {
  const update = { managerPeerId: '12D3KooWManager', membershipJson: '{"cluster_name":"lab","peers":[]}' }

  it('is the JSON the reference reads', () => {
    expect(text(membership.encode(update))).toBe(
      '{"manager_peer_id":"12D3KooWManager","membership_json":"{\\"cluster_name\\":\\"lab\\",\\"peers\\":[]}"}'
    )
  })

  it('comes back whole, with and without the hint', () => {
    for (const message of [update, { ...update, handoverTo: '12D3KooWNext' }]) {
      expect(membership.decode(membership.encode(message))).toStrictEqual(message)
    }
  })

  it('ignores unknown keys and reads a null hint as none', () => {
    expect(membership.decode(utf8('{"manager_peer_id":"m","membership_json":"{}","handover_to":null,"x":[1]}'))).toStrictEqual({
      managerPeerId: 'm',
      membershipJson: '{}'
    })
  })

  it.each([
    '{"membership_json":"{}"}',
    '{"manager_peer_id":"m"}',
    '{"manager_peer_id":1,"membership_json":"{}"}',
    '{"manager_peer_id":"\\ud800","membership_json":"{}"}',
    '[]',
    'null',
    '"x"',
    '\ufeff{}'
  ])('%j is a decode error', (bad) => {
    expect(() => membership.decode(utf8(bad))).toThrow(failure('decode'))
  })

  it('of zero bytes is an empty frame, and one that is not UTF-8 is a decode error', () => {
    expect(() => membership.decode(new Uint8Array(0))).toThrow(failure('empty-frame'))
    expect(() => membership.decode(Uint8Array.of(0x22, 0xff, 0x22))).toThrow(failure('decode'))
  })
})

describe('a diagnostic message', () => {
  it('comes back whole', () => {
    const message = { topic: 'battery', payloadJson: '{"v":24.1}' }
    expect(text(diagnostic.encode(message))).toBe('{"topic":"battery","payload_json":"{\\"v\\":24.1}"}')
    expect(diagnostic.decode(diagnostic.encode(message))).toEqual(message)
  })

  it('is measured after escaping', () => {
    const quotes = '"'.repeat(40_000)
    expect(() => diagnostic.encode({ topic: 't', payloadJson: quotes })).toThrow(failure('frame-too-large'))
    expect(() => diagnostic.encode({ topic: 't', payloadJson: 'x'.repeat(40_000) })).not.toThrow()
  })

  it('calls its failures json, both ways', () => {
    expect(() => diagnostic.decode(utf8('{"topic":"t"}'))).toThrow(failure('json'))
    expect(() => diagnostic.decode(utf8('{'))).toThrow(failure('json'))
    expect(() => diagnostic.encode({ topic: '\ud800', payloadJson: '{}' })).toThrow(failure('json'))
    expect(() => diagnostic.decode(new Uint8Array(0))).toThrow(failure('empty-frame'))
  })

  it('may hold what only looks like a lone surrogate', () => {
    const message = { topic: '\\ud800', payloadJson: '"\\ud83d\\ude00 😀"' }
    expect(diagnostic.decode(diagnostic.encode(message))).toEqual(message)
  })
})
