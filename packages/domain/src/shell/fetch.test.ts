import { contentHashOf, type Json, stringifyJson } from '@auki/canonical'
import { type ParticipantInfo, type PeerRuntime, type RegistryEnvelope, RequestError } from '@auki/network'
import type { SensorLogEntry } from '@auki/session'
import { expect, test } from 'vitest'
import { fakeRuntime } from '../testing/fake-runtime.ts'
import { fetchParticipantInfo, fetchRegistryEntry, fetchResourcesCatalog } from './fetch.ts'

const asking = (answers: Partial<PeerRuntime>, isStopped = false) => ({ runtime: fakeRuntime(answers), isStopped })

const frameJson = { peer_id: 'peer', frame_id: 'base', handedness: 'right', axes: { x: 'forward', y: 'left', z: 'up' }, units: 'meters' }
const hash = contentHashOf(frameJson)
const asked = { peerId: 'peer', id: 'base', hash }
// Keys in the order of the canonical form.
const canonicalJson =
  '{"axes":{"x":"forward","y":"left","z":"up"},"frame_id":"base","handedness":"right","peer_id":"peer","units":"meters"}'
const envelope: RegistryEnvelope = { kind: 'frame', id: 'base', hash, canonicalJson }

const fetchFrom = (answer: RegistryEnvelope | null, wanted = asked) =>
  fetchRegistryEntry(asking({ requestRegistryEntry: async () => answer }), 'frame', [wanted])

test('an entry that is what was asked for is returned', async () => {
  expect(await fetchFrom(envelope)).toMatchObject({ peerId: 'peer', frameId: 'base', axes: { x: 'forward' }, canonicalJson })
})

test('an unknown entry is not found', async () => {
  await expect(fetchFrom(null)).rejects.toMatchObject({
    name: 'FetchRegistryEntryError',
    code: 'not-found',
    details: { kind: 'frame', id: 'base', hash }
  })
})

test.each<[string, Partial<RegistryEnvelope>]>([
  ['kind', { kind: 'clock' }],
  ['id', { id: 'other' }],
  ['hash', { hash: 'f'.repeat(32) }]
])('an answer with another %s is refused before its bytes are looked at', async (_field, wrong) => {
  await expect(fetchFrom({ ...envelope, ...wrong, canonicalJson: 'garbage' })).rejects.toMatchObject({ code: 'invalid-envelope' })
})

test('bytes with another hash are refused, however well-formed', async () => {
  const actual = contentHashOf({ ...frameJson, units: 'centimeters' })
  const other = canonicalJson.replace('meters', 'centimeters')
  await expect(fetchFrom({ ...envelope, canonicalJson: other })).rejects.toMatchObject({
    code: 'hash-mismatch',
    details: { expected: hash, actual },
    cause: { code: 'hash-mismatch' }
  })
})

/** An entry whose hash is right, whatever it says. */
async function fetchText(text: string, json: Json) {
  const itsHash = contentHashOf(json)
  return fetchFrom({ kind: 'frame', id: 'base', hash: itsHash, canonicalJson: text }, { ...asked, hash: itsHash })
}

test('an entry of another peer, or under another id, is refused', async () => {
  for (const change of [{ peer_id: 'liar' }, { frame_id: 'other' }]) {
    const json = { ...frameJson, ...change }
    const text = stringifyJson(Object.fromEntries(Object.entries(json).sort(([a], [b]) => (a < b ? -1 : 1))))
    await expect(fetchText(text, json)).rejects.toMatchObject({ code: 'invalid-envelope', cause: { name: 'RegistryError' } })
  }
})

test('what is no such entry is refused', async () => {
  await expect(fetchText('"text"', 'text')).rejects.toMatchObject({ code: 'invalid-json' })
  await expect(fetchText('{}', {})).rejects.toMatchObject({ code: 'invalid-json' })
})

const failing = (error: Error): Partial<PeerRuntime> => {
  const reject = () => Promise.reject(error)
  return { requestInfo: reject, requestResources: reject, requestRegistryEntry: reject }
}

test('a request without an answer keeps its cause', async () => {
  const cause = new RequestError('timeout', 'too late', { phase: 'read' })
  const ask = asking(failing(cause))
  await expect(fetchParticipantInfo(ask, 'peer', {})).rejects.toMatchObject({ code: 'request', cause })
  await expect(fetchResourcesCatalog(ask, 'peer', {}, {})).rejects.toMatchObject({ code: 'request', cause })
  await expect(fetchRegistryEntry(ask, 'frame', [asked])).rejects.toMatchObject({ code: 'request', cause })
})

test("participant info that can't be read is told apart from none", async () => {
  const cause = new RequestError('protocol', 'not JSON', { phase: 'decode' })
  await expect(fetchParticipantInfo(asking(failing(cause)), 'peer', {})).rejects.toMatchObject({ code: 'invalid-json', cause })
  const cut = new RequestError('protocol', 'closed', { phase: 'read' })
  await expect(fetchParticipantInfo(asking(failing(cut)), 'peer', {})).rejects.toMatchObject({ code: 'request' })
})

test('after the end info and entries are refused at once, a catalog by the network', async () => {
  const cause = new RequestError('runtime-unavailable', 'it has stopped')
  const ask = asking(failing(cause), true)
  await expect(fetchParticipantInfo(ask, 'peer', {})).rejects.toMatchObject({ code: 'stopped' })
  await expect(fetchRegistryEntry(ask, 'frame', [asked])).rejects.toMatchObject({ code: 'stopped' })
  await expect(fetchResourcesCatalog(ask, 'peer', {}, {})).rejects.toMatchObject({ code: 'request', cause })
})

test('an abort rejects with its reason: before, without asking, and in between', async () => {
  const reason = new Error('enough')
  const silent = asking({ requestInfo: () => Promise.reject(new Error('must not be asked')) })
  await expect(fetchParticipantInfo(silent, 'peer', { signal: AbortSignal.abort(reason) })).rejects.toBe(reason)
  const abort = new AbortController()
  const ask = asking({
    requestResources: (_peer, _request, options) =>
      new Promise((_, reject) => options!.signal!.addEventListener('abort', () => reject(options!.signal!.reason)))
  })
  const fetching = fetchResourcesCatalog(ask, 'peer', {}, { signal: abort.signal })
  abort.abort(reason)
  await expect(fetching).rejects.toBe(reason)
})

test('what is asked goes to the peer as it is', async () => {
  const seen: unknown[] = []
  const info = { name: 'x' } as ParticipantInfo
  const ask = asking({
    requestInfo: async (...args) => {
      seen.push(args)
      return info
    },
    requestResources: async (...args) => {
      seen.push(args)
      return { resources: [], skippedRows: 2 }
    }
  })
  const { signal } = new AbortController()
  expect(await fetchParticipantInfo(ask, 'peer', { signal })).toBe(info)
  expect(await fetchResourcesCatalog(ask, 'peer', { variants: ['pose_log'] }, {})).toEqual({ resources: [], skippedRows: 2 })
  expect(seen).toEqual([
    ['peer', { signal }],
    ['peer', { variants: ['pose_log'] }, {}]
  ])
})

test('an entry is asked for by a row or a reference, or by peer id, id and hash', async () => {
  const seen: unknown[] = []
  const { signal } = new AbortController()
  const ask = asking({
    requestRegistryEntry: async (...question) => {
      seen.push(question)
      return null
    }
  })
  const reference = { peerId: 'peer', id: 'cam', hash: 'h' }
  const sensor = { kind: 'camera', type: 'rgb', sensorId: 'cam', sensorHash: 'h' } as const
  const row = { variant: 'sensor_log', sourcePeerId: 'peer', resourceId: 'log', sensor } as unknown as SensorLogEntry
  for (const question of [
    [row],
    [row, { signal }],
    [reference],
    [reference, { signal }],
    ['peer', 'cam', 'h'],
    ['peer', 'cam', 'h', { signal }]
  ] as const)
    await expect(fetchRegistryEntry(ask, 'sensor', [...question])).rejects.toMatchObject({ code: 'not-found' })
  const entry = { kind: 'sensor', id: 'cam', hash: 'h' }
  expect(seen).toEqual([
    ['peer', entry, {}],
    ['peer', entry, { signal }],
    ['peer', entry, {}],
    ['peer', entry, { signal }],
    ['peer', entry, {}],
    ['peer', entry, { signal }]
  ])
})
