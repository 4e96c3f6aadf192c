/** Logs of one member read by another, through everything there is: catalog row, stream, payload. */
import { declineAllStreams, logStreamProvider, type ResourceEntry, rosBody, rosOptical } from '@auki/domain'
import { emptyManifest } from '@auki/network'
import { expect, test } from 'vitest'
import { cameraBody, eventually, type Member, world } from '../integration/world.ts'

const fixed = { kind: 'fixed' } as const
const bytes = (...of: number[]): Uint8Array => Uint8Array.from(of)

/** One log of each kind, each with one entry. */
async function everything({ peer, session }: Member) {
  const body = await peer.registerFrame('base_link', rosBody)
  const frame = await peer.registerFrame('optical', rosOptical)
  const sensors = {
    camera: await peer.registerSensor('camera', { ...cameraBody, frame }),
    lidar: await peer.registerSensor('lidar', {
      kind: 'rangefinder',
      type: '3d_lidar',
      frame,
      fields: [],
      pointStep: 4,
      isBigendian: false,
      frameRateHz: 10
    }),
    mic: await peer.registerSensor('mic', {
      kind: 'audio',
      type: 'pcm',
      frame,
      sampleRateHz: 48_000,
      channels: 1,
      sampleFormat: 'pcm_s16le',
      channelLayout: 'mono'
    }),
    arm: await peer.registerSensor('arm', { kind: 'joint_encoders', type: 'absolute', frame, jointCount: 2, frameRateHz: 100 }),
    wifi: await peer.registerSensor('wifi', { kind: 'rf', type: 'wifi', frame })
  }
  const detector = await peer.registerDetector('qr', { type: 'qr' }, ['marker'])
  const of = (sensor: keyof typeof sensors) => session.registerSensorLog({ sensor: sensors[sensor], head: fixed })
  const at = { timestampNs: 1n }
  await (await of('camera')).append({ ...at, payload: { frame: bytes(1, 2) } })
  await (await of('lidar')).append({ ...at, payload: { data: bytes(3) } })
  await (await of('mic')).append({ ...at, payload: { data: bytes(4) } })
  await (await of('arm')).append({ ...at, payload: { anglesRad: [0.5, -1] } })
  await (await of('wifi')).append({ ...at, payload: bytes(5) })
  const pose = { fromFrame: body, toFrame: frame, source: { kind: 'manual' }, writerMode: 'movable', expectedRateHz: 30 } as const
  const poses = await session.registerPoseLog({ ...pose, head: fixed })
  await poses.append({ ...at, payload: { translation: { x: 1, y: 2, z: 0.1 }, orientation: { x: 0, y: 0, z: 0, w: 1 } } })
  const { monotonicClock: fromClock, utcClock: toClock } = session
  const time = await session.registerTimeTransformLog({ fromClock, toClock, source: { kind: 'local_clock_read' }, head: fixed })
  await time.append({ ...at, payload: { offsetNs: -(2n ** 62n), uncertaintyNs: 7 } })
  const inputLog = { sourcePeerId: peer.peerId, resourceId: 'camera' }
  const found = await session.registerDetectionLog({ detector, inputLog, inputSensor: sensors.camera, head: fixed })
  await found.append({ ...at, payload: { data: bytes(6), sensorHash: 'h', type: 'qr' } })
  return { frame, body, sensors }
}

const rowsOf = async (reader: Member, writer: Member): Promise<ResourceEntry[]> =>
  (await reader.manager.fetchResourcesCatalog(writer.peerId)).resources

test('every kind of log arrives as what it is, with the manifest of its row', async () => {
  await using w = await world()
  const [reader, writer] = [await w.join(1), await w.join(2)]
  const { frame, body, sensors } = await everything(writer)
  const got: Record<string, unknown> = {}
  const manifests: Record<string, object> = {}
  for (const row of await rowsOf(reader, writer)) {
    const subscription = await reader.manager.openResource(row, { from: 'from_start' })
    const { kind, manifest } = subscription
    const { recording, position, ...meaning } = manifest
    expect([recording, position]).toEqual([expect.stringMatching(/^[0-9A-Z]{26}$/), 2n])
    manifests[kind] = Object.fromEntries(Object.entries(meaning).filter(([, value]) => value !== '' && value !== 0))
    for await (const { seq, timestampNs, payload } of subscription) {
      expect([seq, timestampNs]).toEqual([0n, 1n])
      got[kind] = payload
      break
    }
  }
  expect(got).toMatchObject({
    camera: { frame: bytes(1, 2) },
    point_cloud: { data: bytes(3) },
    audio: { data: bytes(4) },
    joint_encoders: { anglesRad: [0.5, -1] },
    bytes: bytes(5),
    pose: { translation: { x: 1, y: 2, z: 0.1 }, orientation: { w: 1 } },
    time_transform: { offsetNs: -(2n ** 62n), uncertaintyNs: 7 },
    detection: { data: bytes(6), sensorHash: 'h', type: 'qr' }
  })
  const { monotonicClock, utcClock } = writer.session
  const clock = { clockId: monotonicClock.id, clockHash: monotonicClock.hash }
  const sensor = (name: keyof typeof sensors) => ({ sensorId: name, sensorHash: sensors[name].hash, ...clock })
  const optical = { frameId: 'optical', frameHash: frame.hash }
  expect(manifests).toEqual({
    camera: { ...sensor('camera'), ...optical, resourceId: 'camera' },
    point_cloud: { ...sensor('lidar'), ...optical, resourceId: 'lidar' },
    audio: { ...sensor('mic'), resourceId: 'mic' },
    joint_encoders: { ...sensor('arm'), resourceId: 'arm' },
    bytes: { ...sensor('wifi'), resourceId: 'wifi' },
    pose: {
      ...{ ...clock, resourceId: 'base_link->optical', payload: 'spatial_transform', writerMode: 'movable', expectedRateHz: 30 },
      ...{ fromFrameId: 'base_link', fromFrameHash: body.hash, toFrameId: 'optical', toFrameHash: frame.hash }
    },
    time_transform: { ...clock, resourceId: `${monotonicClock.id}->${utcClock.id}`, payload: 'time_transform' },
    detection: { ...sensor('camera'), resourceId: 'qr@camera' }
  })
})

test('a row that is no longer the log is refused, by the field that differs; so is another kind than asked for', async () => {
  await using w = await world()
  const [reader, writer] = [await w.join(1), await w.join(2)]
  await everything(writer)
  const rows = await rowsOf(reader, writer)
  const row = (variant: string) =>
    rows.find((one) => one.variant === variant)! as never as { manifest: Record<string, object>; sensor: object; pose: object }
  const [sensor, pose, time, found] = ['sensor_log', 'pose_log', 'time_transform_log', 'detection_log'].map(row) as [
    ReturnType<typeof row>,
    ReturnType<typeof row>,
    ReturnType<typeof row>,
    ReturnType<typeof row>
  ]
  const otherRef = { peerId: writer.peerId, id: 'other', hash: '0'.repeat(32) }
  const changed = (of: typeof sensor, name: string, ref: object = otherRef) => ({ ...of, manifest: { ...of.manifest, [name]: ref } })
  const stale: [object, string][] = [
    [{ ...sensor, sensor: { ...sensor.sensor, sensorId: 'other' } }, 'sensor_id'],
    [{ ...sensor, sensor: { ...sensor.sensor, sensorHash: 'other' } }, 'sensor_hash'],
    [changed(sensor, 'clock'), 'clock_id'],
    [changed(sensor, 'clock', { ...sensor.manifest['clock'], hash: 'other' }), 'clock_hash'],
    [changed(pose, 'fromFrame'), 'from_frame_id'],
    [changed(pose, 'toFrame', { ...pose.manifest['toFrame'], hash: 'other' }), 'to_frame_hash'],
    [{ ...pose, pose: { writerMode: 'rigid' } }, 'writer_mode'],
    [changed(time, 'fromClock'), 'clock_id'],
    [changed(found, 'inputSensor'), 'sensor_id']
  ]
  for (const [given, field] of stale) {
    const opening = reader.manager.openResource(given as ResourceEntry)
    await expect(opening, field).rejects.toMatchObject({ code: 'manifest-mismatch', details: { field } })
  }
  const opening = reader.manager.openResource(sensor as never as ResourceEntry, { kind: 'audio' })
  await expect(opening).rejects.toMatchObject({ code: 'manifest-mismatch', details: { field: 'kind', expected: 'audio', found: 'camera' } })
})

test("an app's own provider takes the place of the logs, decides by peer, and may hand on to them", async () => {
  await using w = await world()
  const reader = await w.join(1)
  const session = await (await w.join(2)).peer.startSession()
  const logs = logStreamProvider(session)
  const asked: string[] = []
  const writer = await w.join(3, {
    streamProvider: (requester, request) => {
      asked.push(requester)
      if (request.resourceId === 'mic') return { decline: { kind: 'other', detail: 'only in focus' } }
      if (request.resourceId !== 'now') return logs(requester, request)
      const source = (async function* () {
        yield { timestampNs: 7n, payload: bytes(9) }
      })()
      return { accept: { kind: 'bytes', manifest: { ...emptyManifest, resourceId: 'now' }, source } }
    }
  })
  await eventually(() => expect(reader.manager.membership.peers).toHaveLength(3))
  const open = (resourceId: string) => reader.manager.openStream(writer.peerId, { resourceId }, 'bytes')
  await expect(open('mic')).rejects.toMatchObject({ details: { reason: { kind: 'other', detail: 'only in focus' } } })
  await expect(open('cam')).rejects.toMatchObject({ details: { reason: { kind: 'sensor_not_found' } } })
  for await (const { timestampNs } of await open('now')) expect(timestampNs).toBe(7n)
  expect(asked).toEqual([reader.peerId, reader.peerId, reader.peerId])
  const closed = await w.join(4, { streamProvider: declineAllStreams() })
  await eventually(() => expect(reader.manager.membership.peers).toHaveLength(4))
  await expect(reader.manager.openStream(closed.peerId, { resourceId: 'now' }, 'bytes')).rejects.toMatchObject({ code: 'declined' })
})
