/** The robot of a soak: three cameras, a lidar and a pose, each entry with its number in it. */
import { type Peer, rosBody, rosOptical, type Session, seconds } from '@auki/domain'
import { numbered } from './numbers.ts'

const rolling = { head: { kind: 'rolling', retentionNs: seconds(10) } } as const
const cameras = ['left', 'right', 'rear']
const cameraHz = 30
const cameraBytes = 60_000
const lidarHz = 10
const lidarBytes = 240_000
const poseHz = 100
const wifiBytes = 1_000

/** Resource id to the number of entries appended; grows until the process ends. */
export type Appended = Record<string, number>

/** @throws SessionError when a log can't be registered. */
export async function startSources(peer: Peer, session: Session, appended: Appended): Promise<void> {
  const frame = await peer.registerFrame('optical', rosOptical)
  const now = (): bigint => session.clock.nowNs()
  for (const id of cameras) {
    const picture = { type: 'rgb', width: 640, height: 480, pixelFormat: 'jpeg', colorSpace: 'srgb' } as const
    const models = { intrinsicsModel: 'pinhole', distortionModel: 'none' } as const
    const sensor = await peer.registerSensor(id, { kind: 'camera', frameRateHz: cameraHz, frame, ...picture, ...models })
    const log = await session.registerSensorLog({ sensor, ...rolling })
    repeat(cameraHz, (count) => {
      void log.append({ timestampNs: now(), payload: { frame: numbered(cameraBytes, count) } })
      appended[log.resourceId] = count + 1
    })
  }
  const shape = { type: '3d_lidar', fields: [], pointStep: 4, isBigendian: false, frameRateHz: lidarHz } as const
  const sensor = await peer.registerSensor('lidar', { kind: 'rangefinder', frame, ...shape })
  const lidar = await session.registerSensorLog({ sensor, ...rolling })
  repeat(lidarHz, (count) => {
    void lidar.append({ timestampNs: now(), payload: { data: numbered(lidarBytes, count) } })
    appended[lidar.resourceId] = count + 1
  })
  await startPose(peer, session, appended)
}

/** @throws SessionError when the log can't be registered. */
export async function startPose(peer: Peer, session: Session, appended: Appended): Promise<void> {
  const fromFrame = await peer.registerFrame('base_link', rosBody)
  const toFrame = await peer.registerFrame('optical', rosOptical)
  const source = { kind: 'manual' } as const
  const poses = await session.registerPoseLog({ fromFrame, toFrame, source, writerMode: 'movable', expectedRateHz: poseHz, ...rolling })
  const orientation = { x: 0, y: 0, z: 0, w: 1 }
  repeat(poseHz, (count) => {
    void poses.append({ timestampNs: session.clock.nowNs(), payload: { translation: { x: count, y: 0, z: 0 }, orientation } })
    appended[poses.resourceId] = count + 1
  })
}

/** A log that comes later than the others. @throws SessionError when it can't be registered. */
export async function addSource(peer: Peer, session: Session, appended: Appended): Promise<void> {
  const frame = await peer.registerFrame('base_link', rosBody)
  const sensor = await peer.registerSensor('wifi', { kind: 'rf', type: 'wifi', frame })
  const log = await session.registerSensorLog({ sensor, ...rolling })
  repeat(lidarHz, (count) => {
    void log.append({ timestampNs: session.clock.nowNs(), payload: numbered(wifiBytes, count) })
    appended[log.resourceId] = count + 1
  })
}

/** So many times a second on average: what a late timer missed is made up for. */
function repeat(hz: number, work: (count: number) => void): void {
  const startMs = performance.now()
  let count = 0
  setInterval(() => {
    for (const due = ((performance.now() - startMs) * hz) / 1_000; count < due; count++) work(count)
  }, 1_000 / hz)
}
