import { describe, expect, test } from 'vitest'
import { documentOf } from '../testing/scripted.ts'
import { decodeDocument, encodeDocument, isInvalid } from './document.ts'

const golden =
  '{"cluster_name":"lab","epoch":1700000000000042,"version":3,"peers":[{"peer_id":"b","multiaddrs":["/ip4/1.2.3.4/tcp/5"],"join_ts_ns":1733836800123456789,"successor_token":[]},{"peer_id":"a","multiaddrs":[],"join_ts_ns":1733836800123456789,"observer":true}]}'

describe('the membership document', () => {
  test('survives a round trip to the letter: order, integers beyond 2^53, token and observer only where they were', () => {
    const document = decodeDocument(golden)
    expect(isInvalid(document)).toBe(false)
    expect(isInvalid(document) || encodeDocument(document)).toBe(golden)
    expect(!isInvalid(document) && document.peers.map((member) => [member.peerId, member.joinTsNs, member.observer])).toEqual([
      ['b', 1733836800123456789n, false],
      ['a', 1733836800123456789n, true]
    ])
  })

  test('without epoch and version it is unversioned, and written so', () => {
    const document = decodeDocument('{"cluster_name":"lab","peers":[]}')
    expect(document).toEqual({ clusterName: 'lab', order: undefined, peers: [] })
    expect(!isInvalid(document) && encodeDocument(document)).toBe('{"cluster_name":"lab","peers":[]}')
  })

  test('says where a gate admits, and only there', () => {
    const gated = '{"cluster_name":"lab","epoch":1,"version":2,"gated":true,"peers":[]}'
    const document = decodeDocument(gated)
    expect(document).toEqual({ clusterName: 'lab', order: { epoch: 1, version: 2 }, gated: true, peers: [] })
    expect(!isInvalid(document) && encodeDocument(document)).toBe(gated)
    for (const no of ['false', 'null']) expect(decodeDocument(gated.replace('true', no))).not.toHaveProperty('gated')
    expect(decodeDocument(gated.replace('true', '"yes"'))).toEqual({ invalid: 'gated is not a boolean' })
  })

  test('names are read cleaned and cut, written as they are, and never a reason to refuse', () => {
    const line = (name: string) => `{"cluster_name":"lab","peers":[{"peer_id":"a","multiaddrs":[],"join_ts_ns":1,"name":${name}}]}`
    const nameIn = (name: string) => {
      const document = decodeDocument(line(name))
      return isInvalid(document) ? document : document.peers[0]!.name
    }
    const golden = line('"Zoë 🤖"')
    const document = decodeDocument(golden)
    expect(isInvalid(document) || encodeDocument(document)).toBe(golden)
    expect(nameIn('"\\u202enimda\\u0000"')).toBe('nimda')
    expect(nameIn(JSON.stringify('🤖'.repeat(10_000)))).toBe('🤖'.repeat(128))
    expect(nameIn('"a\\ud800"')).toBe('a\ufffd') // other readers refuse a document with half a character
    for (const none of ['""', '"\\u0007"', 'null', '5', '{}']) expect(nameIn(none)).toBeUndefined()
  })

  test('unknown keys are ignored, null is absent', () => {
    expect(decodeDocument('{"cluster_name":"lab","peers":[],"x":{},"epoch":null,"version":null}')).toMatchObject({ order: undefined })
  })

  test.each([
    ['not JSON', '{'],
    ['no object', '[]'],
    ['no name', '{"peers":[]}'],
    ['no peers', '{"cluster_name":"lab"}'],
    ['epoch alone', '{"cluster_name":"lab","peers":[],"epoch":1}'],
    ['a float epoch', '{"cluster_name":"lab","peers":[],"epoch":1.0,"version":1}'],
    ['an epoch beyond 2^53', '{"cluster_name":"lab","peers":[],"epoch":9007199254740992,"version":1}'],
    ['a negative version', '{"cluster_name":"lab","peers":[],"epoch":1,"version":-1}'],
    ['a peer that is none', '{"cluster_name":"lab","peers":[1]}'],
    ['a peer without id', '{"cluster_name":"lab","peers":[{"multiaddrs":[],"join_ts_ns":1}]}'],
    ['an address that is none', '{"cluster_name":"lab","peers":[{"peer_id":"a","multiaddrs":[1],"join_ts_ns":1}]}'],
    ['a join time as a double', '{"cluster_name":"lab","peers":[{"peer_id":"a","multiaddrs":[],"join_ts_ns":1e18}]}'],
    ['a token that is no bytes', '{"cluster_name":"lab","peers":[{"peer_id":"a","multiaddrs":[],"join_ts_ns":1,"successor_token":[256]}]}'],
    ['an observer that is no boolean', '{"cluster_name":"lab","peers":[{"peer_id":"a","multiaddrs":[],"join_ts_ns":1,"observer":1}]}'],
    [
      'one peer twice',
      '{"cluster_name":"lab","peers":[{"peer_id":"a","multiaddrs":[],"join_ts_ns":1},{"peer_id":"a","multiaddrs":[],"join_ts_ns":2}]}'
    ],
    ['nesting without end', '['.repeat(100_000)]
  ])('refuses %s with a reason', (_name, text) => {
    expect(decodeDocument(text)).toEqual({ invalid: expect.stringMatching(/.+/) })
  })

  test('every byte of it cut off is refused or read, never thrown', () => {
    const text = encodeDocument(documentOf(['a', 'b'], 5))
    for (let length = 0; length < text.length; length++) expect(isInvalid(decodeDocument(text.slice(0, length)))).toBe(true)
  })
})
