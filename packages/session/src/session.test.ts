import { bytesOf, memoryStorage, type RegistryRef, rosBody, type Storage, StorageError, textOf } from '@auki/registry'
import { describe, expect, expectTypeOf, test } from 'vitest'
import { decodeManifest } from './log/manifest-codec.ts'
import { Peer } from './peer.ts'
import type { Session } from './session.ts'
import type { SensorLogHandle, SensorPayload } from './session-logs.ts'

const fixed = { kind: 'fixed' } as const
const rolling = { kind: 'rolling', retentionNs: 5_000_000_000n } as const

async function setUp(storage: Storage = memoryStorage()) {
  const now = { monotonicNs: 0n, utcNs: 1_700_000_000_000_000_000n }
  const clockSource = { resolutionNs: 1n, monotonicNs: () => now.monotonicNs, utcNs: () => now.utcNs }
  const peer = new Peer({ peerId: 'galbot', appId: 'demo', storage, clockSource })
  const frame = await peer.registerFrame('base_link', rosBody)
  const sensor = await peer.registerSensor('wifi', { kind: 'rf', type: 'wifi', frame })
  const detector = await peer.registerDetector('qr', { type: 'qr' }, ['qr'])
  const session = await peer.startSession()
  return { storage, peer, now, frame, sensor, detector, session }
}

const stored = async (storage: Storage, directory: string) => decodeManifest(textOf((await storage.read(`${directory}/manifest.json`))!))

describe('registering a log', () => {
  test('writes the manifest of a sensor log', async () => {
    const { storage, session, sensor, frame } = await setUp()
    const log = await session.registerSensorLog({ sensor, frame, head: rolling })
    expect(log.manifest).toEqual({
      ...{ variant: 'sensor_log', sourcePeerId: 'galbot', writerPeerId: 'galbot', appId: 'demo', sessionId: session.sessionId },
      ...{ sensor, frame, clock: session.monotonicClock, segmentDurationNs: 1_000_000_000n, retentionNs: 5_000_000_000n }
    })
    expect(await stored(storage, 'logs/galbot/wifi')).toEqual(log.manifest)
    expect(log).toMatchObject({ resourceId: 'wifi', logRef: { sourcePeerId: 'galbot', resourceId: 'wifi' }, state: 'live', head: rolling })
  })

  test('of the other kinds too', async () => {
    const { storage, session, sensor, detector, frame } = await setUp()
    const toFrame = { ...frame, id: 'K1/cam' }
    const pose = { fromFrame: frame, toFrame, writerMode: 'movable', expectedRateHz: 30 } as const
    await session.registerPoseLog({ ...pose, source: { kind: 'ros2_tf', publishers: ['tf', 'amcl'] }, head: fixed })
    const clocks = { fromClock: session.monotonicClock, toClock: session.utcClock }
    const time = await session.registerTimeTransformLog({ ...clocks, source: { kind: 'local_clock_read' }, head: fixed })
    const inputLog = { sourcePeerId: 'galbot', resourceId: 'wifi' }
    await session.registerDetectionLog({ detector, inputLog, inputSensor: sensor, head: rolling })
    expect(await stored(storage, 'logs/galbot/base_link->K1/cam')).toMatchObject({ ...pose, source: { publishers: ['amcl', 'tf'] } })
    expect(await stored(storage, `logs/galbot/${session.monotonicClock.id}->${session.utcClock.id}`)).toEqual(time.manifest)
    expect(await stored(storage, 'logs/galbot/qr@wifi')).toMatchObject({
      detector,
      inputLog,
      inputSensor: sensor,
      clock: session.monotonicClock
    })
  })

  test('keeps no tie to what it was given', async () => {
    const { session, sensor } = await setUp()
    const mine = { ...sensor }
    const { manifest } = await session.registerSensorLog({ sensor: mine, head: fixed })
    ;(mine as { id: string }).id = 'changed'
    expect(manifest.sensor).toEqual(sensor)
  })

  test('types the payload by the kind of sensor', async () => {
    const { session, sensor } = await setUp()
    const log = await session.registerSensorLog({ sensor, head: fixed })
    expectTypeOf(log).toEqualTypeOf<SensorLogHandle<'rf'>>()
    expectTypeOf<SensorPayload<'rf'>>().toEqualTypeOf<Uint8Array>()
    expectTypeOf<SensorPayload<'camera'>>().toHaveProperty('frame')
    const plain = (given: RegistryRef) => session.registerSensorLog({ sensor: given, head: fixed })
    expectTypeOf(plain).returns.resolves.toEqualTypeOf<SensorLogHandle>()
    expectTypeOf<SensorLogHandle<'camera'>>().not.toExtend<SensorLogHandle<'audio'>>()
  })
})

describe('what is not registered', () => {
  const nothingWritten = async (storage: Storage) => expect(await storage.list('logs')).toEqual([])

  test('a sensor the peer does not have in this version', async () => {
    const { storage, session, sensor, peer, frame } = await setUp()
    const refusal = { code: 'sensor-not-registered', details: { sensorId: 'wifi' } }
    await expect(session.registerSensorLog({ sensor: { ...sensor, peerId: 'x' }, head: fixed })).rejects.toMatchObject(refusal)
    await expect(session.registerSensorLog({ sensor: { ...sensor, hash: 'x' }, head: fixed })).rejects.toMatchObject(refusal)
    await peer.registerSensor('wifi', { kind: 'rf', type: 'uwb', frame })
    await expect(session.registerSensorLog({ sensor, head: fixed })).rejects.toMatchObject(refusal)
    await nothingWritten(storage)
  })

  test('an invalid manifest', async () => {
    const { storage, session, sensor } = await setUp()
    await expect(session.registerSensorLog({ sensor, head: fixed, segmentDurationNs: 0n })).rejects.toMatchObject({
      code: 'invalid-manifest',
      message: 'invalid manifest field `segment_duration_ns`: must be greater than zero',
      details: { field: 'segment_duration_ns', reason: 'must be greater than zero' }
    })
    const bad = { sensor, head: { kind: 'rolling', retentionNs: -1n } } as const
    await expect(session.registerSensorLog(bad)).rejects.toMatchObject({ details: { field: 'retention_ns' } })
    await nothingWritten(storage)
  })

  test('a path that leads elsewhere', async () => {
    const { storage, session, frame } = await setUp()
    const pose = { toFrame: frame, source: { kind: 'manual' }, writerMode: 'rigid', expectedRateHz: 0, head: fixed } as const
    for (const id of ['../..', '/etc', 'segments/x', 'a\0']) {
      await expect(session.registerPoseLog({ ...pose, fromFrame: { ...frame, id } })).rejects.toMatchObject({ code: 'invalid-path' })
    }
    await nothingWritten(storage)
  })

  test('the same log twice, also at the same time', async () => {
    const { session, sensor } = await setUp()
    const duplicate = {
      code: 'duplicate-log',
      message: 'duplicate log galbot/wifi',
      details: { sourcePeerId: 'galbot', resourceId: 'wifi' }
    }
    const first = session.registerSensorLog({ sensor, head: fixed })
    await expect(session.registerSensorLog({ sensor, head: fixed })).rejects.toMatchObject(duplicate)
    await (await first).seal()
    await expect(session.registerSensorLog({ sensor, head: fixed })).rejects.toMatchObject(duplicate)
    expect(session.logs.sensorLogs).toEqual([await first])
  })

  test('the first thing wrong is the one reported', async () => {
    const { session, sensor } = await setUp()
    await session.registerSensorLog({ sensor, head: fixed })
    const wrong = { ...sensor, hash: 'x' }
    await expect(session.registerSensorLog({ sensor: wrong, head: fixed, segmentDurationNs: 0n })).rejects.toMatchObject({
      code: 'duplicate-log'
    })
    const other = { ...sensor, id: '..' }
    await expect(session.registerSensorLog({ sensor: other, head: fixed, segmentDurationNs: 0n })).rejects.toMatchObject({
      code: 'sensor-not-registered'
    })
  })

  test('a directory another session has open, until it is sealed', async () => {
    const { peer, session, sensor } = await setUp()
    const other = await peer.startSession()
    const log = await session.registerSensorLog({ sensor, head: fixed })
    await expect(other.registerSensorLog({ sensor, head: fixed })).rejects.toMatchObject({ code: 'duplicate-log' })
    expect((await (await setUp()).session.registerSensorLog({ sensor, head: fixed })).state).toBe('live')
    await log.seal()
    expect((await other.registerSensorLog({ sensor, head: fixed })).state).toBe('live')
  })

  test('one whose directory could not be written; it can be tried again', async () => {
    const { storage, session, sensor } = await setUp()
    const { write } = storage
    storage.write = () => Promise.reject(new StorageError('io', 'the disk is full', {}))
    await expect(session.registerSensorLog({ sensor, head: fixed })).rejects.toMatchObject({ code: 'io', message: 'io: the disk is full' })
    expect(session.logs.sensorLogs).toEqual([])
    storage.write = write
    expect((await session.registerSensorLog({ sensor, head: fixed })).state).toBe('live')
  })

  test('anything once aborted', async () => {
    const { storage, session, sensor } = await setUp()
    const signal = AbortSignal.abort(new Error('stop'))
    await expect(session.registerSensorLog({ sensor, head: fixed }, { signal })).rejects.toThrow('stop')
    await nothingWritten(storage)
  })
})

describe('a handle', () => {
  test('starts at the reading of its clock when it was registered', async () => {
    const { session, now, frame, sensor } = await setUp()
    now.monotonicNs = 42n
    const pose = { toFrame: frame, source: { kind: 'manual' }, writerMode: 'rigid', expectedRateHz: 0, head: fixed } as const
    const on = async (id: string, clock: RegistryRef) => {
      const log = await session.registerPoseLog({ ...pose, fromFrame: { ...frame, id }, clock })
      return [log.startedAtNs, log.head]
    }
    expect(await on('a', session.monotonicClock)).toEqual([42n, { kind: 'fixed', startedAtNs: 42n }])
    expect(await on('b', session.utcClock)).toEqual([now.utcNs, { kind: 'fixed', startedAtNs: now.utcNs }])
    expect(await on('c', { ...session.utcClock, peerId: 'other' })).toEqual([0n, { kind: 'fixed', startedAtNs: 0n }])
    expect((await session.registerSensorLog({ sensor, head: fixed })).startedAtNs).toBe(42n)
    const clocks = { fromClock: session.utcClock, toClock: session.monotonicClock }
    const time = await session.registerTimeTransformLog({ ...clocks, source: { kind: 'local_clock_read' }, head: fixed })
    expect(time.startedAtNs).toBe(now.utcNs)
  })

  test('changes its retention and nothing else', async () => {
    const { storage, session, sensor } = await setUp()
    const log = await session.registerSensorLog({ sensor, head: rolling })
    const before = log.manifest
    await Promise.all([log.setRetention(7n), log.setRetention(0n), log.setRetention(2n ** 64n)])
    expect(log.manifest).toEqual({ ...before, retentionNs: 2n ** 63n - 1n })
    expect(await stored(storage, 'logs/galbot/wifi')).toEqual(log.manifest)
    expect(log.head).toEqual(rolling)
  })

  test('refuses a retention it cannot have', async () => {
    const { storage, session, sensor } = await setUp()
    const log = await session.registerSensorLog({ sensor, head: rolling })
    await expect(log.setRetention(-1n)).rejects.toMatchObject({ code: 'manifest' })
    const { write } = storage
    storage.write = () => Promise.reject(new Error('the disk is full'))
    await expect(log.setRetention(1n)).rejects.toMatchObject({ code: 'io', message: 'io: the disk is full' })
    expect(log.manifest.retentionNs).toBe(rolling.retentionNs)
    storage.write = write
    await log.setRetention(1n)
    expect(log.manifest.retentionNs).toBe(1n)
    await log.seal()
    await expect(log.setRetention(2n)).rejects.toMatchObject({ code: 'sealed' })
  })

  test('gives its directory back only when the last change is written', async () => {
    const { storage, peer, session, sensor } = await setUp()
    const other = await peer.startSession()
    const log = await session.registerSensorLog({ sensor, head: rolling })
    const { write } = storage
    const held = Promise.withResolvers<void>()
    storage.write = async (...args) => {
      await held.promise
      return write.apply(storage, args)
    }
    const change = log.setRetention(1n)
    const sealed = log.seal()
    expect(log.state).toBe('sealed')
    await expect(other.registerSensorLog({ sensor, head: fixed })).rejects.toMatchObject({ code: 'duplicate-log' })
    held.resolve()
    await Promise.all([change, sealed])
    expect((await other.registerSensorLog({ sensor, head: fixed })).state).toBe('live')
  })
})

describe('ending', () => {
  test('seals every log, and can be repeated', async () => {
    const { session, sensor, frame } = await setUp()
    await session.registerSensorLog({ sensor, head: fixed })
    const late = session.registerPoseLog({
      ...{ fromFrame: frame, toFrame: frame, source: { kind: 'manual' }, writerMode: 'rigid', expectedRateHz: 0, head: fixed }
    })
    expect(session.ended).toBe(false)
    await Promise.all([session.end(), session.end()])
    expect(session.ended).toBe(true)
    expect([(await late).state, ...session.logs.sensorLogs.map(({ state }) => state)]).toEqual(['sealed', 'sealed'])
    await expect(session.registerSensorLog({ sensor, head: fixed })).rejects.toMatchObject({ code: 'session-ended' })
  })

  test('comes with the end of the block', async () => {
    const { peer, sensor } = await setUp()
    let ended: Session
    {
      await using session = await peer.startSession()
      await using log = await session.registerSensorLog({ sensor, head: fixed })
      expect(log.state).toBe('live')
      ended = session
    }
    expect(ended.ended).toBe(true)
    expect(ended.logs.sensorLogs[0]!.state).toBe('sealed')
  })
})

test('the logs are in the order of the calls, each kind by itself', async () => {
  const { session, storage, peer, frame } = await setUp()
  const sensors = await Promise.all(['c', 'a', 'b'].map((id) => peer.registerSensor(id, { kind: 'rf', type: 'wifi', frame })))
  const { read } = storage
  const slow = Promise.withResolvers<void>()
  storage.read = async (path) => {
    if (path.startsWith('logs/galbot/c')) await slow.promise
    return read.call(storage, path)
  }
  const registering = sensors.map((sensor) => session.registerSensorLog({ sensor, head: fixed }))
  await Promise.all(registering.slice(1))
  expect(session.logs.sensorLogs.map(({ resourceId }) => resourceId)).toEqual(['a', 'b'])
  slow.resolve()
  await Promise.all(registering)
  expect(session.logs.sensorLogs.map(({ resourceId }) => resourceId)).toEqual(['c', 'a', 'b'])
  expect([session.logs.poseLogs, session.logs.timeLogs, session.logs.detectionLogs]).toEqual([[], [], []])
})

test('what is reserved says so', async () => {
  const { session } = await setUp()
  const reserved = { code: 'materialization', message: 'materialization: not-implemented', details: { reason: 'not-implemented' } }
  await expect(session.materializeRemoteLog()).rejects.toMatchObject(reserved)
  await expect(session.resolveStaticTransform()).rejects.toMatchObject(reserved)
})

test('a manifest is not read from the reference layout', async () => {
  const { storage, session, sensor } = await setUp()
  await storage.write('logs/galbot/wifi/log_manifest.json', bytesOf('{"other":1}'))
  await session.registerSensorLog({ sensor, head: fixed })
  expect(await storage.list('logs')).toEqual(['logs/galbot/wifi/log_manifest.json', 'logs/galbot/wifi/manifest.json'])
})
