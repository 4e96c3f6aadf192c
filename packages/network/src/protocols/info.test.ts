import { describe, expect, it } from 'vitest'
import * as info from './info.ts'

const utf8 = (text: string) => new TextEncoder().encode(text)
const text = (bytes: Uint8Array) => new TextDecoder().decode(bytes)
const failure = (code: string) => expect.objectContaining({ name: 'CodecError', code })

const ada: info.ParticipantInfo = {
  app: 'demo',
  name: 'Ada',
  sessionId: '01JEXAMPLE',
  sessionClockId: 'peer/01JEXAMPLE/monotonic',
  sessionClockHash: '4ac5d0eba3efda699a4fd687271ca45e',
  sessionNowNs: 2n ** 64n - 1n,
  clusterJoinedAtNs: 1733836800123456789n,
  peerId: '12D3KooWK99VoVxNE7XzyBwXEzW7xhK7Gpv85r9F3V3fyKSUKPH5',
  appInstance: '',
  isManager: false,
  managerPeerId: 'not looked at'
}
const adaJson =
  '{"app":"demo","name":"Ada","session_id":"01JEXAMPLE","session_clock_id":"peer/01JEXAMPLE/monotonic",' +
  '"session_clock_hash":"4ac5d0eba3efda699a4fd687271ca45e","session_now_ns":18446744073709551615,"cluster_joined_at_ns":1733836800123456789,' +
  '"peer_id":"12D3KooWK99VoVxNE7XzyBwXEzW7xhK7Gpv85r9F3V3fyKSUKPH5","app_instance":"","is_manager":false,"manager_peer_id":"not looked at"}'

const responding = (json: string) => () => info.decodeResponse(info.encodeEnvelope(json))

describe('an info request', () => {
  it('asks for the form it came in', () => {
    expect(info.encodeRequest()).toHaveLength(0)
    expect(info.decodeRequest(info.encodeRequest())).toEqual({ form: 'protobuf' })
    expect(info.decodeRequest(utf8('{}'))).toEqual({ form: 'json' })
    expect(info.decodeRequest(utf8('{"x":[1]}'))).toEqual({ form: 'json' })
    expect(() => info.decodeRequest(utf8('{'))).toThrow(failure('decode'))
    expect(() => info.decodeRequest(Uint8Array.of(0x0a, 0x01))).toThrow(failure('decode'))
  })
})

describe('an info response', () => {
  it('wraps JSON with every key written', () => {
    expect(info.decodeEnvelope(info.encodeResponse(ada))).toBe(adaJson)
    expect(info.decodeEnvelope(info.encodeResponse({ ...ada, clusterJoinedAtNs: null }))).toContain('"cluster_joined_at_ns":null')
  })

  it.each(['protobuf', 'json'] as const)('comes back whole in the %s form', (form) => {
    for (const who of [ada, { ...ada, clusterJoinedAtNs: null, isManager: true }]) {
      expect(info.decodeResponse(info.encodeResponse(who, form))).toStrictEqual(who)
    }
  })

  it('is JSON around JSON as older peers know it', () => {
    expect(text(info.encodeEnvelope('{"a":1}', 'json'))).toBe('{"participant_info_json":"{\\"a\\":1}"}')
  })

  it('may lack when the peer joined, and nothing else', () => {
    const keys = Object.keys(JSON.parse(adaJson))
    expect(keys).toHaveLength(11)
    for (const key of keys) {
      const lacking = adaJson.replace(new RegExp(`"${key}":("[^"]*"|\\w+),?`), '').replace(',}', '}')
      if (key === 'cluster_joined_at_ns') expect(responding(lacking)()).toStrictEqual({ ...ada, clusterJoinedAtNs: null })
      else expect(responding(lacking)).toThrow(failure('decode'))
    }
  })

  it('ignores unknown keys', () => {
    expect(responding(adaJson.replace('{', '{"x":{},'))()).toStrictEqual(ada)
  })

  it.each(['12D3KooWexample', 'bafzaajaiaejcbcuihxpqt7w5p4k3ooz6iiuvkrwbmm2jmlprjgjsvipmnfhq7hka', 'x'.repeat(512), ''])(
    'hands on the peer id %j, which nothing relies on',
    (peerId) => expect(responding(adaJson.replace(ada.peerId, peerId))().peerId).toBe(peerId)
  )

  it.each([
    ['a peer id that is too long', '12D3KooWK99VoVxNE7XzyBwXEzW7xhK7Gpv85r9F3V3fyKSUKPH5', 'x'.repeat(513)],
    ['a peer id with control characters', '12D3KooWK99VoVxNE7XzyBwXEzW7xhK7Gpv85r9F3V3fyKSUKPH5', 'x\\u0000'],
    ['a negative reading', '18446744073709551615', '-1'],
    ['a reading beyond u64', '18446744073709551615', '18446744073709551616'],
    ['a reading with a fraction', '18446744073709551615', '1.0'],
    ['a role that is no boolean', 'false', '"false"']
  ])('with %s is a decode error', (_what, good, bad) => {
    expect(adaJson).toContain(good)
    expect(responding(adaJson.replace(good, bad))).toThrow(failure('decode'))
  })

  it('over the frame is not written', () => {
    expect(() => info.encodeResponse({ ...ada, name: 'x'.repeat(65_536) })).toThrow(failure('frame-too-large'))
  })
})
