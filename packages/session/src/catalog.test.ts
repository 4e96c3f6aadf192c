import { memoryStorage, rosBody } from '@auki/registry'
import { describe, expect, test } from 'vitest'
import { catalogOf, rowOf } from './catalog.ts'
import type { LogHandle } from './log/log-handle.ts'
import { Peer } from './peer.ts'

const fixed = { kind: 'fixed' } as const
const rolling = { kind: 'rolling', retentionNs: 2_000_000_000n } as const

async function setUp() {
  const clockSource = { resolutionNs: 1n, monotonicNs: () => 5n, utcNs: () => 9n }
  const peer = new Peer({ peerId: 'galbot', appId: 'demo', storage: memoryStorage(), clockSource })
  const frame = await peer.registerFrame('base_link', rosBody)
  const sensor = await peer.registerSensor('wifi', { kind: 'rf', type: 'wifi', frame })
  const detector = await peer.registerDetector('qr', { type: 'qr' }, ['qr'])
  const session = await peer.startSession()
  return { peer, frame, sensor, detector, session }
}

describe('the catalog', () => {
  test('has a row per log, by kind, in order of registration', async () => {
    const { peer, session, frame, sensor, detector } = await setUp()
    const inputLog = { sourcePeerId: 'galbot', resourceId: 'wifi' }
    const clocks = { fromClock: session.monotonicClock, toClock: session.utcClock }
    const pose = { fromFrame: frame, toFrame: { ...frame, id: 'cam' }, source: { kind: 'manual' }, expectedRateHz: 7 } as const
    await session.registerDetectionLog({ detector, inputLog, inputSensor: sensor, head: fixed })
    await session.registerTimeTransformLog({ ...clocks, source: { kind: 'local_clock_read' }, head: fixed, clock: frame } as never)
    await session.registerPoseLog({ ...pose, writerMode: 'rigid', head: fixed, clock: session.utcClock })
    await session.registerSensorLog({ sensor, head: rolling, frame })
    const common = { sourcePeerId: 'galbot', writerPeerId: 'galbot', state: 'live', available: { bytes: 0n, entries: 0n, durationNs: 0n } }
    const clock = session.monotonicClock
    expect(catalogOf(peer, session)).toEqual([
      {
        ...{ ...common, variant: 'sensor_log', resourceId: 'wifi', head: rolling, manifest: { clock, frame } },
        sensor: { kind: 'rf', type: 'wifi', sensorId: 'wifi', sensorHash: sensor.hash }
      },
      {
        ...{ ...common, variant: 'pose_log', resourceId: 'base_link->cam', head: { kind: 'fixed', startedAtNs: 9n } },
        ...{ pose: { writerMode: 'rigid' }, manifest: { ...pose, clock: session.utcClock } }
      },
      {
        ...{ ...common, variant: 'time_transform_log', resourceId: `${clocks.fromClock.id}->${clocks.toClock.id}` },
        ...{ head: { kind: 'fixed', startedAtNs: 0n }, manifest: { ...clocks, source: { kind: 'local_clock_read' } } }
      },
      {
        ...{ ...common, variant: 'detection_log', resourceId: 'qr@wifi', head: { kind: 'fixed', startedAtNs: 0n } },
        manifest: { detector, inputLog, inputSensor: sensor, clock }
      }
    ])
  })

  test('speaks of the version of the sensor that the log is of', async () => {
    const { peer, session, sensor, frame } = await setUp()
    await session.registerSensorLog({ sensor, head: fixed })
    await peer.registerSensor('wifi', { kind: 'rf', type: 'uwb', frame })
    expect(catalogOf(peer, session)).toMatchObject([{ sensor: { type: 'wifi', sensorHash: sensor.hash } }])
  })

  test('has no row for a sensor that the peer did not register', async () => {
    const { session, sensor } = await setUp()
    await session.registerSensorLog({ sensor, head: fixed })
    expect(catalogOf((await setUp()).peer, session)).toMatchObject([{ sensor: { sensorId: 'wifi' } }])
    expect(catalogOf(new Peer({ peerId: 'galbot', appId: 'demo' }), session)).toEqual([])
  })

  test('leaves out a frame that was not given', async () => {
    const { peer, session, sensor } = await setUp()
    await session.registerSensorLog({ sensor, head: fixed })
    expect(catalogOf(peer, session)[0]!.manifest).toEqual({ clock: session.monotonicClock })
  })

  test('does not list an empty sealed log, nor anything of an ended session', async () => {
    const { peer, session, sensor, frame } = await setUp()
    const log = await session.registerSensorLog({ sensor, head: fixed })
    const other = await peer.registerSensor('uwb', { kind: 'rf', type: 'uwb', frame })
    await session.registerSensorLog({ sensor: other, head: fixed })
    await log.seal()
    expect(catalogOf(peer, session).map(({ resourceId }) => resourceId)).toEqual(['uwb'])
    const ending = session.end()
    expect(catalogOf(peer, session)).toEqual([])
    await ending
  })
})

test('a sealed row has the extent in place of the head', async () => {
  const { peer, session, sensor } = await setUp()
  const live = await session.registerSensorLog({ sensor, head: fixed })
  const extent = { startAtNs: 1n, finishAtNs: 3n }
  const sealed = { ...live, manifest: live.manifest, state: 'sealed', head: live.head, extent } as unknown as LogHandle
  const { sourcePeerId, writerPeerId, resourceId, available } = { ...live.manifest, ...live }
  expect(rowOf(sealed, peer.registries)).toEqual({
    ...{ sourcePeerId, writerPeerId, resourceId, state: 'sealed', extent, available },
    ...{ variant: 'sensor_log', manifest: { clock: session.monotonicClock } },
    sensor: { kind: 'rf', type: 'wifi', sensorId: 'wifi', sensorHash: sensor.hash }
  })
})
