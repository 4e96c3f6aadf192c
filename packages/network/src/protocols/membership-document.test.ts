import { describe, expect, test } from 'vitest'
import { CodecError } from './codec-errors.ts'
import * as join from './join.ts'
import { joinFrameBytesMax, membershipFrameBytesMax, membersMax } from './limits.ts'
import * as membership from './membership.ts'
import { decodeDocument, encodeDocument } from './membership-document.ts'
import type { ClusterMember } from './membership-entry.ts'

const golden =
  '{"cluster_name":"lab","epoch":1700000000000042,"version":3,"peers":[{"peer_id":"b","multiaddrs":["/ip4/1.2.3.4/tcp/5"],"join_ts_ns":1733836800123456789,"successor_token":[]},{"peer_id":"a","multiaddrs":[],"join_ts_ns":1733836800123456789,"observer":true}]}'

describe('the membership document', () => {
  test('survives a round trip to the letter: order, integers beyond 2^53, token and observer only where they were', () => {
    const document = decodeDocument(golden)
    expect(encodeDocument(document)).toBe(golden)
    expect(document.peers.map((member) => [member.peerId, member.joinTsNs, member.observer])).toEqual([
      ['b', 1733836800123456789n, false],
      ['a', 1733836800123456789n, true]
    ])
  })

  test('without epoch and version it is unversioned, and written so', () => {
    const document = decodeDocument('{"cluster_name":"lab","peers":[]}')
    expect(document).toEqual({ clusterName: 'lab', order: undefined, peers: [] })
    expect(encodeDocument(document)).toBe('{"cluster_name":"lab","peers":[]}')
  })

  test('says where a gate admits, and only there', () => {
    const gated = '{"cluster_name":"lab","epoch":1,"version":2,"gated":true,"peers":[]}'
    const document = decodeDocument(gated)
    expect(document).toEqual({ clusterName: 'lab', order: { epoch: 1, version: 2 }, gated: true, peers: [] })
    expect(encodeDocument(document)).toBe(gated)
    for (const no of ['false', 'null']) expect(decodeDocument(gated.replace('true', no))).not.toHaveProperty('gated')
    expect(() => decodeDocument(gated.replace('true', '"yes"'))).toThrow('"gated" is not a boolean')
  })

  test('names are read cleaned and cut, written as they are, and never a reason to refuse', () => {
    const line = (name: string) => `{"cluster_name":"lab","peers":[{"peer_id":"a","multiaddrs":[],"join_ts_ns":1,"name":${name}}]}`
    const nameIn = (name: string) => decodeDocument(line(name)).peers[0]!.name
    const golden = line('"Zoë 🤖"')
    const document = decodeDocument(golden)
    expect(encodeDocument(document)).toBe(golden)
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
    ['a join time beyond 64 bits', `{"cluster_name":"lab","peers":[{"peer_id":"a","multiaddrs":[],"join_ts_ns":${'9'.repeat(900)}}]}`],
    ['a join time as a double', '{"cluster_name":"lab","peers":[{"peer_id":"a","multiaddrs":[],"join_ts_ns":1e18}]}'],
    ['a token that is no bytes', '{"cluster_name":"lab","peers":[{"peer_id":"a","multiaddrs":[],"join_ts_ns":1,"successor_token":[256]}]}'],
    ['an observer that is no boolean', '{"cluster_name":"lab","peers":[{"peer_id":"a","multiaddrs":[],"join_ts_ns":1,"observer":1}]}'],
    [
      'one peer twice',
      '{"cluster_name":"lab","peers":[{"peer_id":"a","multiaddrs":[],"join_ts_ns":1},{"peer_id":"a","multiaddrs":[],"join_ts_ns":2}]}'
    ],
    ['nesting without end', '['.repeat(100_000)]
  ])('refuses %s with a reason', (_name, text) => {
    expect(() => decodeDocument(text)).toThrow(CodecError)
  })

  test('wherever it is cut off it is refused', () => {
    for (let length = 0; length < golden.length; length++) expect(() => decodeDocument(golden.slice(0, length))).toThrow(CodecError)
  })

  test('a text is written once, however often it is sent', () => {
    const document = decodeDocument(golden)
    const [first, again] = [encodeDocument(document), encodeDocument(document)]
    expect(Object.is(first, again)).toBe(true)
    expect(encodeDocument({ ...document, peers: document.peers.slice(1) })).not.toBe(first)
  })
})

describe('the largest legal document', () => {
  const peerIdOf = (index: number) => `12D3KooW${String(index).padStart(44, 'K')}`
  const long = 2n ** 63n - 1n
  const hostile: Readonly<Record<string, Omit<ClusterMember, 'peerId' | 'joinTsNs' | 'observer'>>> = {
    'with long addresses': { multiaddrs: Array.from({ length: 16 }, (_, i) => `/dns4/${'x'.repeat(220)}${i}/tcp/1`) },
    'with many addresses': { multiaddrs: Array.from({ length: 64 }, (_, i) => `/ip4/10.0.0.${i}/tcp/4001`) },
    'with names that grow when escaped': { multiaddrs: ['/ip4/10.0.0.1/tcp/1'], name: '\\'.repeat(128) },
    'with names beyond ASCII': { multiaddrs: ['/ip4/10.0.0.1/tcp/1'], name: '🤖'.repeat(128) },
    'with tokens without end': { multiaddrs: ['/ip4/10.0.0.1/tcp/1'], successorToken: Array.from({ length: 5_000 }, () => 255) },
    'with one endless address': { multiaddrs: [`/dns4/${'x'.repeat(5_000)}/tcp/1`] }
  }

  test.each(Object.keys(hostile))('%s fits into every frame it travels in, and is read again', (what) => {
    const peers = Array.from({ length: membersMax }, (_, index) => ({
      successorToken: [],
      ...hostile[what]!,
      peerId: peerIdOf(index),
      joinTsNs: long,
      observer: true,
      indirect: true
    }))
    const order = { epoch: Number.MAX_SAFE_INTEGER, version: Number.MAX_SAFE_INTEGER }
    const membershipJson = encodeDocument({ clusterName: 'x'.repeat(64), order, gated: true, peers })
    const pushed = membership.encode({ managerPeerId: peerIdOf(0), membershipJson, handoverTo: peerIdOf(1) })
    expect(pushed.length).toBeLessThanOrEqual(membershipFrameBytesMax)
    for (const form of ['protobuf', 'json'] as const) {
      const accepted = join.encodeResponse({ kind: 'accept', membershipJson, successorToken: new Uint8Array(0) }, form)
      expect(accepted.length).toBeLessThanOrEqual(joinFrameBytesMax)
    }
    expect(decodeDocument(membership.decode(pushed).membershipJson).peers.map(({ peerId }) => peerId)).toEqual(
      peers.map(({ peerId }) => peerId)
    )
  })
})
