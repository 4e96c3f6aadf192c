import { encodePayload, type PayloadKind } from '@auki/datatypes'
import { memoryStorage, type SensorBody, type SensorKind } from '@auki/registry'
import { describe, expect, expectTypeOf, test } from 'vitest'
import { Peer } from '../peer.ts'
import type { LogHandle } from './log-handle.ts'
import { openLog } from './open-log.ts'

const fixed = { kind: 'fixed' } as const
const data = Uint8Array.of(1, 2, 3)

async function setUp() {
  const storage = memoryStorage()
  const peer = new Peer({ peerId: 'p', appId: 'test', storage })
  const frame = await peer.registerFrame('base', { handedness: 'right', axes: { x: 'forward', y: 'left', z: 'up' }, units: 'meters' })
  return { storage, peer, frame, session: await peer.startSession() }
}

const camera = { width: 1, height: 1, frameRateHz: 30, pixelFormat: 'jpeg', colorSpace: 'srgb', intrinsicsModel: 'x', distortionModel: 'x' }
const bodies: { readonly [K in SensorKind]: Omit<SensorBody<K>, 'frame'> } = {
  camera: { kind: 'camera', type: 'rgb', ...camera },
  rangefinder: { kind: 'rangefinder', type: '3d_lidar', fields: [], pointStep: 1, isBigendian: false, frameRateHz: 10 },
  rf: { kind: 'rf', type: 'wifi' },
  audio: { kind: 'audio', type: 'pcm', sampleRateHz: 1, channels: 1, sampleFormat: 'pcm_s16le', channelLayout: 'mono' },
  joint_encoders: { kind: 'joint_encoders', type: 'absolute', jointCount: 2, frameRateHz: 1 }
}

/** Every kind of log, in a session of its own, and a payload for it. */
async function logOf(kind: string): Promise<{ storage: ReturnType<typeof memoryStorage>; log: LogHandle; directory: string }> {
  const { storage, peer, frame, session } = await setUp()
  const register = async (): Promise<LogHandle> => {
    const clocks = { fromClock: session.monotonicClock, toClock: session.utcClock, source: { kind: 'local_clock_read' } } as const
    if (kind === 'time_transform') return session.registerTimeTransformLog({ ...clocks, head: fixed })
    const pose = { fromFrame: frame, toFrame: frame, source: { kind: 'manual' }, writerMode: 'rigid', expectedRateHz: 0 } as const
    if (kind === 'pose') return session.registerPoseLog({ ...pose, head: fixed })
    if (kind === 'detection') {
      const detector = await peer.registerDetector('qr', { type: 'qr' }, [])
      return session.registerDetectionLog({ detector, inputLog: { sourcePeerId: 'p', resourceId: 'x' }, inputSensor: frame, head: fixed })
    }
    const sensor = await peer.registerSensor('s', { ...bodies[kind as SensorKind], frame } as SensorBody)
    return session.registerSensorLog({ sensor, head: fixed })
  }
  const log = await register()
  return { storage, log, directory: `logs/p/${log.resourceId}` }
}

describe('payloads', () => {
  test.each<[string, PayloadKind, unknown]>([
    ['camera', 'camera', { frame: data }],
    [
      'camera',
      'camera',
      { dynamicIntrinsics: { fx: 1, fy: 2, cx: 3, cy: 4, distortionCoefficients: [0.5] }, frame: new Uint8Array(50_000).fill(3) }
    ],
    ['rangefinder', 'point_cloud', { data }],
    ['rf', 'bytes', data],
    ['audio', 'audio', { data }],
    ['joint_encoders', 'joint_encoders', { anglesRad: [0.5, -0.25] }],
    ['pose', 'pose', { translation: { x: 1, y: 2, z: 3 }, orientation: { x: 0, y: 0, z: 0, w: 1 } }],
    ['detection', 'detection', { data, sensorHash: 'h', type: 'qr' }],
    ['time_transform', 'time_transform', { offsetNs: -5n, uncertaintyNs: 7 }]
  ])('of a %s log are %s messages', async (of, kind, message) => {
    const { storage, log, directory } = await logOf(of)
    expect(log.kind).toBe(kind)
    await log.append({ timestampNs: 1n, payload: message })
    await log.append({ timestampNs: 2n, payload: encodePayload(kind, message as never) })
    const check = async (entries: AsyncIterable<{ payload: unknown; bytes: Uint8Array }>) => {
      let count = 0
      for await (const { payload, bytes } of entries) {
        expect(payload).toEqual(message)
        expect(bytes).toEqual(encodePayload(kind, message as never))
        count += 1
      }
      expect(count).toBe(2)
    }
    await check(log.read())
    await log.seal()
    await check(log.read())
    const reader = await openLog(storage, directory)
    expect(reader.kind).toBe(kind)
    await check(reader.read())
  })

  test('that do not encode are refused at once', async () => {
    const { log } = await logOf('time_transform')
    const payload = { offsetNs: 0n, uncertaintyNs: 2 ** 32 }
    expect(() => log.append({ timestampNs: 1n, payload })).toThrow(expect.objectContaining({ name: 'LogError', code: 'payload' }))
    expect(log.available.entries).toBe(0n)
  })

  test('that do not decode say so where they are asked for; the loop goes on', async () => {
    const { log } = await logOf('pose')
    await log.append({ timestampNs: 1n, payload: Uint8Array.of(0xff) })
    await log.append({ timestampNs: 2n, payload: {} })
    const outcomes: unknown[] = []
    for await (const entry of log.read()) {
      try {
        outcomes.push(entry.payload)
      } catch (error) {
        outcomes.push(error)
      }
      expect(entry.bytes.length).toBe(entry.timestampNs === 1n ? 1 : 0)
    }
    expect(outcomes).toMatchObject([
      { name: 'LogError', code: 'payload', details: { timestampNs: 1n, bytes: 1 }, cause: { code: 'decode' } },
      { translation: { x: 0 }, orientation: { w: 1 } }
    ])
  })

  test.each(['gone', 'damaged'])('of a sensor whose registry entry is %s are bytes', async (what) => {
    const { storage, log, directory } = await logOf('camera')
    await log.append({ timestampNs: 1n, payload: { frame: data } })
    await log.seal()
    const path = (await storage.list('registries/sensors'))[0]!
    if (what === 'gone') await storage.remove(path)
    else await storage.write(path, data)
    const reader = await openLog(storage, directory)
    expect(reader.kind).toBe('bytes')
    for await (const { payload, bytes } of reader.read()) expect(payload).toBe(bytes)
  })

  test('have the type that the kind of sensor or log says', async () => {
    const { peer, frame, session, storage } = await setUp()
    const sensor = await peer.registerSensor('s', { ...bodies.joint_encoders, frame })
    const log = await session.registerSensorLog({ sensor, head: fixed })
    expectTypeOf(log.append).parameter(0).toEqualTypeOf<{
      readonly timestampNs: bigint
      readonly payload: { anglesRad: number[] } | Uint8Array
    }>()
    expectTypeOf(log.append).returns.toEqualTypeOf<void | Promise<void>>()
    for await (const { payload } of log.read()) expectTypeOf(payload).toEqualTypeOf<{ anglesRad: number[] }>()
    const reader = await openLog(storage, 'logs/p/s')
    if (reader.kind === 'pose') for await (const { payload } of reader.read()) expectTypeOf(payload.translation.x).toBeNumber()
    expect(reader.kind).toBe('joint_encoders')
  })
})
