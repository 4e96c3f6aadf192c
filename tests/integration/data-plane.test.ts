import { type ResourceEntry, rosBody, rosOptical } from '@auki/domain'
import { expect, test } from 'vitest'
import { cameraBody, eventually, type Member, world } from './world.ts'

/** A camera, the frame it is in, and a log of it. */
async function withCamera({ peer, session }: Member) {
  const frame = await peer.registerFrame('camera_optical', rosOptical)
  const sensor = await peer.registerSensor('camera', { ...cameraBody, frame })
  await session.registerSensorLog({ sensor, head: { kind: 'fixed' } })
  return { frame, sensor }
}

test("members find each other's logs as they are now, and exactly those asked for", async () => {
  await using w = await world()
  const [a, b] = [await w.join(1), await w.join(2)]
  expect(await a.manager.fetchResourcesCatalog(b.peerId)).toEqual({ resources: [], skippedRows: 0 })
  await withCamera(b)
  const { resources } = await a.manager.fetchResourcesCatalog(b.peerId)
  expect(resources).toEqual(b.domain.catalog())
  expect(resources).toMatchObject([
    { resourceId: 'camera', state: 'live', writerPeerId: b.peerId, sensor: { kind: 'camera' }, available: { entries: 0n } }
  ])
  expect((await a.manager.fetchResourcesCatalog(b.peerId, { variants: ['pose_log'] })).resources).toEqual([])
  await b.session.end()
  expect((await a.manager.fetchResourcesCatalog(b.peerId)).resources).toEqual([])
})

test('a provider answers in place of the session, for others and for ourselves', async () => {
  await using w = await world()
  const [a, b] = [await w.join(1), await w.join(2)]
  await withCamera(b)
  const [own] = b.domain.catalog()
  const row: ResourceEntry = { ...own!, resourceId: 'rented' }
  b.manager.setResourceCatalogProvider({ snapshot: () => [row] })
  expect(b.domain.catalog()).toEqual([row])
  expect((await a.manager.fetchResourcesCatalog(b.peerId)).resources).toEqual([row])
  b.manager.setResourceCatalogProvider(undefined)
  expect((await a.manager.fetchResourcesCatalog(b.peerId)).resources).toEqual([own])
})

test('what a row refers to can be fetched and is what its hash says', async () => {
  await using w = await world()
  const [a, b] = [await w.join(1), await w.join(2)]
  const { frame, sensor } = await withCamera(b)
  const detector = await b.peer.registerDetector('qr', { type: 'qr' }, ['marker'])
  const { monotonicClock } = b.session
  const from = b.peerId
  expect(await a.manager.fetchSensorEntry(from, sensor.id, sensor.hash)).toMatchObject({ sensorId: 'camera', width: 640, frame })
  expect(await a.manager.fetchFrameEntry(from, frame.id, frame.hash)).toMatchObject({ frameId: 'camera_optical', ...rosOptical })
  expect(await a.manager.fetchDetectorEntry(from, detector.id, detector.hash)).toMatchObject({ detectorId: 'qr', outputTypes: ['marker'] })
  expect(await a.manager.fetchClockEntry(from, monotonicClock.id, monotonicClock.hash)).toMatchObject({ type: 'monotonic_clock' })
  await expect(a.manager.fetchFrameEntry(from, frame.id, 'f'.repeat(32))).rejects.toMatchObject({ code: 'not-found' })
  await expect(a.manager.fetchClockEntry(from, frame.id, frame.hash)).rejects.toMatchObject({ code: 'not-found' })
  b.manager.setRegistryStore(undefined)
  await expect(a.manager.fetchFrameEntry(from, frame.id, frame.hash)).rejects.toMatchObject({ code: 'not-found' })
})

test("an entry that only bears its owner's name is not served", async () => {
  await using w = await world()
  const [a, b] = [await w.join(1), await w.join(2)]
  const { ref } = await b.peer.registryStore.put('frame', { ...rosBody, peerId: a.peerId, frameId: 'theirs' })
  await expect(a.manager.fetchFrameEntry(b.peerId, ref.id, ref.hash)).rejects.toMatchObject({ code: 'not-found' })
})

test('asking somebody who is no member fails; asking is given up at once when told', async () => {
  await using w = await world()
  const a = await w.join(1)
  await expect(a.manager.fetchParticipantInfo('12D3KooWRawPbxPtP1eZaJpumGnyWX2DcUyd3RQnydr3eAto4Az7')).rejects.toMatchObject({
    code: 'request'
  })
  const reason = new Error('never mind')
  await expect(a.manager.fetchParticipantInfo(a.peerId, { signal: AbortSignal.abort(reason) })).rejects.toBe(reason)
})

test('a diagnostic message reaches every other member with its sender', async () => {
  await using w = await world()
  const [a, b, c] = [await w.join(1), await w.join(2), await w.join(3)]
  const message = { topic: 'battery', payloadJson: '{"percent":12}' }
  // Followers find each other through the pushed document.
  await eventually(() => {
    b.manager.broadcastDiagnosticMessage(message)
    for (const { heard } of [a, c]) expect(heard).toContainEqual({ type: 'diagnostic-received', peerId: b.peerId, message })
  })
  expect(a.manager.drainDiagnosticMessages()[0]).toEqual({ peerId: b.peerId, message })
  expect(b.manager.drainDiagnosticMessages()).toEqual([])
  expect(() => a.manager.broadcastDiagnosticMessage({ topic: 't', payloadJson: '"'.repeat(40_000) })).toThrow(
    expect.objectContaining({ code: 'payload-too-large' })
  )
})

test('all members come to the same domain time, and a new Manager goes on with it', async () => {
  await using w = await world()
  const [a, b, c] = [await w.join(1), await w.join(2), await w.join(3)]
  expect(a.manager.domainTimeNow()).toBeGreaterThan(0n)
  const known = await eventually(() => [b.manager.domainClockEstimate(), c.manager.domainClockEstimate()])
  expect(known.map(({ backingPeerId }) => backingPeerId)).toEqual([a.peerId, a.peerId])
  const apartNs = (x: Member, y: Member): bigint => {
    const difference = x.manager.domainTimeNow() - y.manager.domainTimeNow()
    return difference < 0n ? -difference : difference
  }
  expect(apartNs(a, b)).toBeLessThan(20_000_000n)
  await a.domain.leave()
  await eventually(() => expect(c.manager.domainClockEstimate().backingPeerId).toBe(b.peerId))
  expect(apartNs(b, c)).toBeLessThan(40_000_000n)
})
