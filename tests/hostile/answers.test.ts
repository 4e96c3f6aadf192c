/** Hostile answers to what our peers ask: each ends in the error that says so, and the next question is answered as ever. */

import { createDiscoveryServer, type DiscoveryServer } from '@auki/discovery'
import { type AukiError, BootstrapError } from '@auki/domain'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { eventually, ourPeer } from '../foreign/our-peer.ts'
import { ForeignDirectory } from '../foreign/peer/directory.ts'
import { ForeignNode } from '../foreign/peer/foreign-node.ts'
import { accept, reject } from '../foreign/peer/messages.ts'
import type { ForeignSubstream, ProtocolName } from '../foreign/peer/substream.ts'
import { bytesOf, field, frame, joined, prefix, writeJson } from '../foreign/peer/wire.ts'
import { type Scene, scene } from './scene.ts'

/** What a question is answered with: bytes, and whether the substream is then closed, reset or left as it is. */
interface Answer {
  readonly bytes: Uint8Array
  readonly end: 'closed' | 'reset' | 'left'
}
const closed = (bytes: Uint8Array): Answer => ({ bytes, end: 'closed' })
const answered = (payload: Uint8Array | string): Answer => closed(frame(payload))

function give({ bytes, end }: Answer, substream: ForeignSubstream): void {
  substream.send(bytes)
  if (end === 'closed') substream.close()
  if (end === 'reset') substream.abort()
}

/** Answers that are none, whatever was asked. */
const broken: readonly (readonly [what: string, answer: Answer])[] = [
  ['nothing', closed(new Uint8Array(0))],
  ['a reset', { bytes: new Uint8Array(2), end: 'reset' }],
  ['half a prefix', closed(new Uint8Array(2))],
  ['half a payload', closed(joined(prefix(100), bytesOf('{"entry":')))],
  ['a prefix over the cap', { bytes: prefix(1_048_577), end: 'left' }],
  ['the largest prefix', { bytes: prefix(0xffff_ffff), end: 'left' }]
]

describe('an answer of a hostile member', () => {
  let here: Scene
  let hostile: ForeignNode
  let answer: Answer
  beforeAll(async () => {
    here = await scene('answers')
    hostile = await here.attacker(240)
    for (const name of ['info', 'resources', 'registries'] as const) {
      await hostile.serve(
        name,
        (_, substream) =>
          void substream.frame().then(
            () => give(answer, substream),
            () => {}
          )
      )
    }
  })
  afterAll(async () => {
    await here.holdsNothing()
    await here[Symbol.asyncDispose]()
  })

  const failure = (asked: Promise<unknown>): Promise<AukiError> =>
    asked.then(
      () => expect.fail('it was answered'),
      (error) => error
    )
  const info = () => here.member.domain.clusterManager.fetchParticipantInfo(hostile.peerId)
  const catalog = () => here.member.domain.clusterManager.fetchResourcesCatalog(hostile.peerId)
  const entry = (hash = '0'.repeat(32)) => here.member.domain.clusterManager.fetchFrameEntry(hostile.peerId, 'base_link', hash)

  test.each(broken)('that is %s', async (_, given) => {
    answer = given
    for (const ask of [info, catalog, entry]) expect(await failure(ask())).toMatchObject({ code: 'request', cause: { code: 'protocol' } })
    await here.isWell()
  })

  test('that never comes is waited for no longer than its deadline', async () => {
    answer = { bytes: prefix(7), end: 'left' }
    const failures = Promise.all([info, catalog, entry].map((ask) => failure(ask())))
    await here.isWell()
    for (const error of await failures) expect(error).toMatchObject({ code: 'request', cause: { code: 'timeout' } })
  })

  test.each([
    ['no JSON in it', field(1, 'nobody')],
    ['an empty one', ''],
    ['another field', field(2, '{}')],
    ['broken protobuf', Uint8Array.of(0x0a, 0x7f)],
    ['half a JSON form', '{"participant_info_json":'],
    ['missing keys', field(1, '{"app":"a"}')]
  ])('about who it is: %s', async (_, payload) => {
    answer = answered(payload)
    expect(await failure(info())).toMatchObject({ code: 'invalid-json' })
  })

  test.each(['', '[]', '{}', '{"resources":{}}', '{"resources":null}', '{"resources":7}'])('about what it has: %j', async (payload) => {
    answer = answered(payload)
    expect(await failure(catalog())).toMatchObject({ code: 'request', cause: { code: 'protocol' } })
  })

  test('about what it has, with rows that nobody can read', async () => {
    const row = here.witness.offer.row
    const rows = [7, null, {}, { ...row, variant: 'smell_log' }, { ...row, available: 7 }, { ...row, manifest: [] }, row, '{}']
    answer = answered(writeJson({ resources: rows }))
    const { resources, skippedRows } = await catalog()
    expect({ skippedRows, ids: resources.map(({ resourceId }) => resourceId) }).toEqual({ skippedRows: 7, ids: ['base_link->base_link'] })
  })

  test('with an entry that is not the one asked for', async () => {
    const { id, text, hash } = here.witness.offer.frame
    const envelope = (changes: object) => answered(writeJson({ entry: { kind: 'frame', id, hash, canonical_json: text, ...changes } }))
    const expected: [Answer, string][] = [
      [answered('{"entry":null}'), 'not-found'],
      [answered('{"entry":{}}'), 'request'],
      [answered('{}'), 'not-found'],
      [envelope({ kind: 'clock' }), 'invalid-envelope'],
      [envelope({ kind: 'planet' }), 'request'],
      [envelope({ id: 'other' }), 'invalid-envelope'],
      [envelope({ hash: '0'.repeat(32) }), 'invalid-envelope'],
      [envelope({ canonical_json: `${text} ` }), 'hash-mismatch'],
      // The bytes are right, but they are the witness's entry.
      [envelope({}), 'invalid-envelope']
    ]
    for (const [given, code] of expected) {
      answer = given
      expect(await failure(entry(hash)), code).toMatchObject({ code })
    }
    await here.isWell()
  })
})

describe('an answer of a hostile Manager to a JoinRequest', () => {
  let discovery: DiscoveryServer
  beforeAll(async () => {
    discovery = await createDiscoveryServer({ sweepAfterMs: 60_000 })
  })
  afterAll(() => discovery.close())

  const named = (name: string, peers: unknown[]): string => writeJson({ cluster_name: name, peers })
  const self = (node: ForeignNode) => ({ peer_id: node.peerId, multiaddrs: node.multiaddrs, join_ts_ns: 7n })

  const invalid = 'invalid-membership'
  test.concurrent.each<[what: string, answer: (node: ForeignNode, cluster: string) => Answer, code: string]>([
    ['a document without us', (node, name) => answered(accept('protobuf', named(name, [self(node)]))), invalid],
    ['a document of another cluster', (node) => answered(accept('protobuf', named('other', [self(node)]))), invalid],
    ['no document', () => answered(accept('protobuf', 'welcome')), invalid],
    ['neither yes nor no', () => answered(''), 'send-join'],
    ['broken protobuf', () => answered(Uint8Array.of(0x0a, 0x7f)), 'send-join'],
    ['a broken JSON form', () => answered('{"kind":"maybe"}'), 'send-join'],
    ['no', () => answered(reject('protobuf', 'because')), 'rejected'],
    ...broken.map(([what, answer]): [string, () => Answer, string] => [what, () => answer, 'send-join'])
  ])('that is %s', async (what, answer, code) => {
    await using hostile = await ForeignNode.start(250)
    const name = what.replaceAll(' ', '-')
    await hostile.serve(
      'join' satisfies ProtocolName,
      (_, substream) =>
        void substream.frame().then(
          () => give(answer(hostile, name), substream),
          () => {}
        )
    )
    expect(await new ForeignDirectory(discovery.url, name).create(hostile.peerId, hostile.multiaddrs)).toBe(201)
    const joining = ourPeer(251, discovery, name, { settings: { preset: 'lan', joinDeadlineMs: 500 } })
    const error = await joining.then(
      () => expect.fail(what),
      (thrown: unknown) => thrown
    )
    expect(error).toBeInstanceOf(BootstrapError)
    expect(error).toMatchObject({ code })
    await eventually(() => expect(hostile.libp2p.getConnections()).toHaveLength(0))
  })
})
