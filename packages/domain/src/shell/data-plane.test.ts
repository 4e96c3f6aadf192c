import { memoryStorage, RegistryStore, rosBody, verifyEntry } from '@auki/registry'
import type { ResourceEntry } from '@auki/session'
import { SessionClock } from '@auki/time'
import { expect, test } from 'vitest'
import { DataPlane, type Standing } from './data-plane.ts'

const clockRef = { peerId: 'me', id: 'clock', hash: 'h' }
const common = { sourcePeerId: 'me', writerPeerId: 'me', state: 'live', available: { bytes: 0n, entries: 0n, durationNs: 0n } }
const sensor = { kind: 'camera', type: 'rgb', sensorId: 'cam', sensorHash: 'h' } as const
const sensorRow: ResourceEntry = { ...common, resourceId: 'cam', variant: 'sensor_log', sensor, manifest: { clock: clockRef } }
const timeRow: ResourceEntry = {
  ...common,
  resourceId: 'a->b',
  variant: 'time_transform_log',
  manifest: { fromClock: clockRef, toClock: clockRef, source: { kind: 'local_clock_read' } }
}

function setup(standing: Partial<Standing> = {}) {
  const logged: string[] = []
  let nowNs = 5n
  const sessionClock = new SessionClock({
    id: 'me/s/monotonic',
    hash: 'abc',
    source: { monotonicNs: () => nowNs, utcNs: () => 0n, resolutionNs: 1n }
  })
  const plane = new DataPlane({
    localPeerId: 'me',
    daemonInfo: { name: 'robot', app: 'demo', appInstance: '00ff', sessionId: 's' },
    sessionClock,
    sources: { provider: undefined, sessionHandle: undefined, registryStore: undefined },
    standing: () => ({ isManager: false, managerPeerId: 'm', clusterJoinedAtNs: undefined, ...standing }),
    log: (level, text) => logged.push(`${level} ${text}`)
  })
  return {
    plane,
    logged,
    passNs: (ns: bigint) => {
      nowNs += ns
    }
  }
}

test('participant info is built afresh, from the clock that is really read', () => {
  const { plane, passNs } = setup()
  expect(plane.participantInfo()).toEqual({
    app: 'demo',
    name: 'robot',
    sessionId: 's',
    sessionClockId: 'me/s/monotonic',
    sessionClockHash: 'abc',
    sessionNowNs: 0n,
    clusterJoinedAtNs: null,
    peerId: 'me',
    appInstance: '00ff',
    isManager: false,
    managerPeerId: 'm'
  })
  passNs(7n)
  expect(plane.participantInfo().sessionNowNs).toBe(7n)
  expect(setup({ managerPeerId: undefined, clusterJoinedAtNs: 9n }).plane.participantInfo()).toMatchObject({
    managerPeerId: '',
    clusterJoinedAtNs: 9n
  })
})

test("the catalog is the session's, filtered here, and nothing without one", () => {
  const { plane } = setup()
  expect(plane.catalog({})).toEqual([])
  plane.sources.sessionHandle = { catalog: () => [sensorRow, timeRow] }
  expect(plane.catalog({})).toEqual([sensorRow, timeRow])
  expect(plane.catalog({ variants: ['time_transform_log'] })).toEqual([timeRow])
  expect(plane.catalog({ variants: [] })).toEqual([])
})

test('a provider wins outright; it filters itself if it can', () => {
  const { plane } = setup()
  plane.sources.sessionHandle = { catalog: () => [sensorRow] }
  plane.sources.provider = { snapshot: () => [timeRow] }
  expect(plane.catalog({})).toEqual([timeRow])
  expect(plane.catalog({ variants: ['sensor_log'] })).toEqual([])
  const requests: unknown[] = []
  plane.sources.provider = {
    snapshot: () => [],
    snapshotForRequest: (request) => {
      requests.push(request)
      return [sensorRow]
    }
  }
  expect(plane.catalog({ variants: ['pose_log'] })).toEqual([sensorRow])
  expect(requests).toEqual([{ variants: ['pose_log'] }])
})

test('an entry of ours is served with the text its hash is of; others, and entries of other peers, are not', async () => {
  const { plane, logged } = setup()
  const store = new RegistryStore(memoryStorage())
  expect(await plane.entry({ kind: 'frame', id: 'base', hash: 'a'.repeat(32) })).toBeNull()
  plane.sources.registryStore = store
  const { ref } = await store.put('frame', { ...rosBody, peerId: 'me', frameId: 'base' })
  const foreign = await store.put('frame', { ...rosBody, peerId: 'other', frameId: 'base' })
  const served = await plane.entry({ kind: 'frame', id: 'base', hash: ref.hash })
  expect(served).toMatchObject({ kind: 'frame', id: 'base', hash: ref.hash })
  expect(verifyEntry('frame', ref, new TextEncoder().encode(served!.canonicalJson))).toMatchObject({ frameId: 'base' })
  expect(await plane.entry({ kind: 'frame', id: 'base', hash: foreign.ref.hash })).toBeNull()
  expect(await plane.entry({ kind: 'clock', id: 'base', hash: ref.hash })).toBeNull()
  expect(logged).toEqual([])
})

test.each([
  ['a way out of the store', '..', 'a'.repeat(32)],
  ['what is no hash', 'base', '../passwd']
])('asking for %s gets nothing and alarms nobody', async (_what, id, hash) => {
  const { plane, logged } = setup()
  plane.sources.registryStore = new RegistryStore(memoryStorage())
  expect(await plane.entry({ kind: 'frame', id, hash })).toBeNull()
  expect(logged).toEqual([expect.stringMatching(/^debug /)])
})

test('an entry that is not what its name says is not served', async () => {
  const { plane, logged } = setup()
  const storage = memoryStorage()
  const store = new RegistryStore(storage)
  const { ref } = await store.put('frame', { ...rosBody, peerId: 'me', frameId: 'base' })
  const [path] = await storage.list('registries')
  await storage.write(path!, new TextEncoder().encode('{"frame_id":"base"}'))
  plane.sources.registryStore = store
  expect(await plane.entry({ kind: 'frame', id: 'base', hash: ref.hash })).toBeNull()
  expect(logged[0]).toMatch(/^warn .*hash mismatch/)
})
