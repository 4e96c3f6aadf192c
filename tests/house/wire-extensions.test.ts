import type { DescMessage } from '@bufbuild/protobuf'
import { expect, test } from 'vitest'
import { isTest, read, repositoryFiles } from './rules/source.ts'
import { documentedExtensions, extensionViolations, type JsonMessage, jsonExtensions, protobufExtensions } from './rules/wire-extensions.ts'

const protocols = 'packages/network/src/protocols'
const document = `${protocols}/membership-document.ts`
const entry = `${protocols}/membership-entry.ts`
const rows = `${protocols}/resource-rows.ts`

// Published protocols don't change: these are the keys of the reference, for good.
const jsonMessages: readonly JsonMessage[] = [
  { where: 'document', path: document, writers: ['documentText'], reference: 'cluster_name peers' },
  { where: 'document entry', path: entry, writers: ['memberToJson'], reference: 'peer_id multiaddrs join_ts_ns successor_token' },
  { where: 'membership update', path: `${protocols}/membership.ts`, writers: ['encode'], reference: 'manager_peer_id membership_json' },
  {
    where: 'heartbeat',
    path: `${protocols}/heartbeat.ts`,
    writers: ['encodeWithout'],
    reference: 'sent_at_unix_ns clock_id clock_hash sequence sent_at_clock_ns echo domain_clock'
  },
  {
    where: 'domain_clock of a heartbeat',
    path: `${protocols}/heartbeat.ts`,
    writers: ['domainClockJson'],
    reference:
      'cluster_name domain_clock_id domain_clock_hash backing_peer_id backing_clock_id backing_clock_hash backing_to_domain_offset_ns'
  },
  {
    where: 'ParticipantInfo',
    path: `${protocols}/info.ts`,
    writers: ['infoJson'],
    reference:
      'app name session_id session_clock_id session_clock_hash session_now_ns cluster_joined_at_ns peer_id app_instance is_manager manager_peer_id'
  },
  {
    where: 'answer to a join, JSON form',
    path: `${protocols}/join.ts`,
    writers: ['responseJson'],
    reference: 'kind membership_json successor_token reason'
  },
  { where: 'diagnostic message', path: `${protocols}/diagnostic.ts`, writers: ['encode'], reference: 'topic payload_json' },
  {
    where: 'catalog row',
    path: rows,
    writers: ['encodeRow', 'variantJson'],
    reference: 'source_peer_id writer_peer_id resource_id state head extent available variant sensor pose manifest'
  },
  {
    where: 'Discovery row',
    path: 'packages/discovery/src/http/schemas.ts',
    writers: ['rowRecord'],
    reference: 'name manager_peer_id manager_multiaddrs relay_multiaddrs peer_count created_ns last_liveness_check_ns'
  },
  {
    where: 'create and rotate bodies',
    path: 'packages/network/src/discovery/claim.ts',
    writers: ['claimBody'],
    reference: 'manager_peer_id manager_multiaddrs relay_multiaddrs'
  }
]

const sources = repositoryFiles('.ts').filter(({ path }) => path.startsWith('packages/') && !isTest(path))
const isMessage = (value: unknown): value is DescMessage => (value as { kind?: unknown } | null)?.kind === 'message'

async function generatedMessages(): Promise<DescMessage[]> {
  const generated = sources.filter(({ path }) => /^packages\/[^/]+\/src\/gen\//.test(path))
  const modules: object[] = await Promise.all(generated.map(({ path }) => import(new URL(`../../${path}`, import.meta.url).href)))
  return modules.flatMap((module) => Object.values(module).filter(isMessage))
}

test('docs/wire-extensions.md has every field of ours, and no other', async () => {
  const messages = await generatedMessages()
  expect(messages.length).toBeGreaterThan(20)
  const code = [...protobufExtensions(messages), ...jsonExtensions(jsonMessages, sources)]
  expect(extensionViolations(code, documentedExtensions(read('docs/wire-extensions.md')))).toEqual([])
})

test('catches fields that the page lacks, has beyond the code, or has twice', () => {
  const page = [
    '| where | number | field | type | meaning |',
    '| JoinRequest | 1000 | `observer` | bool | looks on |',
    '| JoinRequest | 1000 | `observer` | bool | looks on |',
    '| StreamRequest | 1000 | `keep` | uint64; 1 is newest | the newest |',
    '| heartbeat | `beat` | object | a beat |'
  ].join('\n')
  const code = ['JoinRequest 1000 observer bool', 'StreamRequest 1000 keep uint32', 'heartbeat membership']
  expect(extensionViolations(code, documentedExtensions({ path: 'a.md', text: page }))).toEqual([
    'docs/wire-extensions.md lacks "StreamRequest 1000 keep uint32": give it a row',
    'docs/wire-extensions.md lacks "heartbeat membership": give it a row',
    'docs/wire-extensions.md has "StreamRequest 1000 keep uint64", which the code has not',
    'docs/wire-extensions.md has "heartbeat beat", which the code has not',
    'docs/wire-extensions.md has "JoinRequest 1000 observer bool" twice'
  ])
})

test('finds keys however they are written, but not those of objects inside', () => {
  const text = `function write({ a, b: c }) {
    const marks = a ? { mark: true } : {}
    const json = { old: 1, inner: { deep: 1 }, ...marks, ...(c === undefined ? {} : { late: c }) }
    json['added'] = { deeper: 2 }
    return json
  }`
  const message = { where: 'beat', path: 'a.ts', writers: ['write'], reference: 'old inner' }
  expect(jsonExtensions([message], [{ path: 'a.ts', text }])).toEqual(['beat mark', 'beat late', 'beat added'])
  expect(() => jsonExtensions([{ ...message, writers: ['gone'] }], [{ path: 'a.ts', text }])).toThrow('no function gone')
  expect(() => jsonExtensions([{ ...message, reference: 'old gone' }], [{ path: 'a.ts', text }])).toThrow('does not write gone')
})
