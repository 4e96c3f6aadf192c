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

/** Answers that are none, whatever was asked. */
const broken: readonly (readonly [what: string, answer: Answer])[] = [
  ['nothing', closed(new Uint8Array(0))],
  ['a reset', { bytes: new Uint8Array(2), end: 'reset' }],
  ['half a prefix', closed(new Uint8Array(2))],
  ['half a payload', closed(joined(prefix(100), bytesOf('{"entry":')))],
  ['a prefix over the cap', { bytes: prefix(1_048_577), end: 'left' }],
  ['the largest prefix', { bytes: prefix(0xffff_ffff), end: 'left' }]
]

/** Answers everything over a protocol in this way. */
function answerWith(node: ForeignNode, name: ProtocolName, answer: () => Answer): Promise<void> {
  const give = (substream: ForeignSubstream): void => {
    const { bytes, end } = answer()
    substream.send(bytes)
    if (end === 'closed') substream.close()
    if (end === 'reset') substream.abort()
  }
  return node.serve(
    name,
    (_, substream) =>
      void substream.frame().then(
        () => give(substream),
        () => substream.abort()
      )
  )
}

const thrownBy = async (asked: Promise<unknown>): Promise<AukiError> => {
  const [outcome] = await Promise.allSettled([asked])
  if (outcome.status === 'fulfilled') throw new Error('it was answered')
  return outcome.reason
}

let here: Scene
let hostile: ForeignNode
beforeAll(async () => {
  here = await scene('answers')
  hostile = await here.attacker(240)
})
afterAll(async () => {
  await here.isWell()
  await here.holdsNothing()
  await here[Symbol.asyncDispose]()
})

const noHash = '0'.repeat(32)
const info = (of = hostile) => here.member.domain.clusterManager.fetchParticipantInfo(of.peerId)
const catalog = (of = hostile) => here.member.domain.clusterManager.fetchResourcesCatalog(of.peerId)
const entry = (of = hostile, hash = noHash) => here.member.domain.clusterManager.fetchFrameEntry(of.peerId, 'base_link', hash)

describe('an answer of a hostile member', () => {
  let answer: Answer
  beforeAll(async () => {
    for (const name of ['info', 'resources', 'registries'] as const) await answerWith(hostile, name, () => answer)
  })

  test.each(broken)('that is %s', async (_, given) => {
    answer = given
    for (const ask of [info, catalog, entry]) expect(await thrownBy(ask())).toMatchObject({ code: 'request', cause: { code: 'protocol' } })
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
    expect(await thrownBy(info())).toMatchObject({ code: 'invalid-json' })
  })

  test('about what it has that is no list', async () => {
    answer = answered('{"resources":7}')
    expect(await thrownBy(catalog())).toMatchObject({ code: 'request', cause: { code: 'protocol' } })
  })

  test('about what it has, with rows that nobody can read', async () => {
    const { row } = here.witness.offer
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
      [answered('{}'), 'not-found'],
      [answered('{"entry":{}}'), 'request'],
      [envelope({ kind: 'planet' }), 'request'],
      [envelope({ kind: 'clock' }), 'invalid-envelope'],
      [envelope({ id: 'other' }), 'invalid-envelope'],
      [envelope({ hash: noHash }), 'invalid-envelope'],
      [envelope({ canonical_json: `${text} ` }), 'hash-mismatch'],
      // The bytes are right, but the entry is the witness's.
      [envelope({}), 'invalid-envelope']
    ]
    for (const [given, code] of expected) {
      answer = given
      expect(await thrownBy(entry(hostile, hash)), code).toMatchObject({ code })
    }
  })
})

describe.concurrent('an answer', () => {
  let discovery: DiscoveryServer
  beforeAll(async () => {
    discovery = await createDiscoveryServer({ sweepAfterMs: 60_000 })
  })
  afterAll(() => discovery.close())

  const welcome = (name: string, node?: ForeignNode): Answer => {
    const peers = node === undefined ? [] : [{ peer_id: node.peerId, multiaddrs: node.multiaddrs, join_ts_ns: 7n }]
    return answered(accept('protobuf', writeJson({ cluster_name: name, peers })))
  }
  const invalid = 'invalid-membership'
  test.each<[what: string, answer: (node: ForeignNode, cluster: string) => Answer, code: string]>([
    ['a document without us', (node, name) => welcome(name, node), invalid],
    ['a document of nobody', (_, name) => welcome(name), invalid],
    ['a document of another cluster', (node) => welcome('other', node), invalid],
    ['no document', () => answered(accept('protobuf', 'welcome')), invalid],
    ['neither yes nor no', () => answered(''), 'send-join'],
    ['broken protobuf', () => answered(Uint8Array.of(0x0a, 0x7f)), 'send-join'],
    ['a broken JSON form', () => answered('{"kind":"maybe"}'), 'send-join'],
    ['no', () => answered(reject('protobuf', 'because')), 'rejected'],
    ...broken.map(([what, answer]): [string, () => Answer, string] => [what, () => answer, 'send-join'])
  ])('of a hostile Manager to a JoinRequest that is %s', async (what, answer, code) => {
    await using manager = await ForeignNode.start(250)
    const name = what.replaceAll(' ', '-')
    let asked = 0
    await answerWith(manager, 'join', () => {
      asked++
      return answer(manager, name)
    })
    expect(await new ForeignDirectory(discovery.url, name).create(manager.peerId, manager.multiaddrs)).toBe(201)
    // Who sends what can't be read may do better the next time, and is asked again until the deadline.
    const joinDeadlineMs = code === 'send-join' ? 3_000 : 30_000
    const error = await thrownBy(ourPeer(251, discovery, name, { settings: { preset: 'lan', joinDeadlineMs } }))
    expect(error).toBeInstanceOf(BootstrapError)
    expect(error).toMatchObject({ code })
    expect(asked).toBeGreaterThan(0)
    await eventually(() => expect(manager.libp2p.getConnections()).toHaveLength(0))
  })
})
