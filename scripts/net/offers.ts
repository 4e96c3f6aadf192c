/** What a peer of the lab has: logs whose entries carry the moment they were made. */
import { type Peer, rosBody, rosOptical, type Session, seconds } from '@auki/domain'
import { nowMs, type PeerInit } from './messages.ts'

const rolling = { head: { kind: 'rolling', retentionNs: seconds(5) } } as const
const lidarHz = 10
const lidarBytes = 1_000
const poseHz = 50
const upright = { x: 0, y: 0, z: 0, w: 1 }

export async function startOffers(peer: Peer, session: Session, { offers, frameBytes, cameraHz }: PeerInit): Promise<void> {
  if (offers.includes('camera')) await startCamera(peer, session, frameBytes, cameraHz)
  if (offers.includes('lidar')) await startLidar(peer, session)
  if (offers.includes('pose')) await startPose(peer, session)
}

async function startCamera(peer: Peer, session: Session, frameBytes: number, hz: number): Promise<void> {
  const frame = await peer.registerFrame('optical', rosOptical)
  const picture = { type: 'rgb', width: 640, height: 480, pixelFormat: 'jpeg', colorSpace: 'srgb' } as const
  const models = { intrinsicsModel: 'pinhole', distortionModel: 'none' } as const
  const sensor = await peer.registerSensor('camera', { kind: 'camera', frameRateHz: hz, frame, ...picture, ...models })
  const log = await session.registerSensorLog({ sensor, ...rolling })
  setInterval(() => {
    void log.append({ timestampNs: session.clock.nowNs(), payload: { frame: stamped(frameBytes) } })
  }, 1_000 / hz)
}

function stamped(bytes: number): Uint8Array {
  const payload = new Uint8Array(bytes)
  new DataView(payload.buffer).setFloat64(0, nowMs())
  return payload
}

async function startLidar(peer: Peer, session: Session): Promise<void> {
  const frame = await peer.registerFrame('lidar_link', rosBody)
  const shape = { type: '3d_lidar', fields: [], pointStep: 4, isBigendian: false, frameRateHz: lidarHz } as const
  const log = await session.registerSensorLog({
    sensor: await peer.registerSensor('lidar', { kind: 'rangefinder', frame, ...shape }),
    ...rolling
  })
  setInterval(() => void log.append({ timestampNs: session.clock.nowNs(), payload: { data: stamped(lidarBytes) } }), 1_000 / lidarHz)
}

async function startPose(peer: Peer, session: Session): Promise<void> {
  const fromFrame = await peer.registerFrame('odom', rosBody)
  const toFrame = await peer.registerFrame('base_link', rosBody)
  const spec = { fromFrame, toFrame, source: { kind: 'manual' }, writerMode: 'movable', expectedRateHz: poseHz, ...rolling } as const
  const log = await session.registerPoseLog(spec)
  setInterval(() => {
    const payload = { translation: { x: nowMs(), y: 0, z: 0 }, orientation: upright }
    void log.append({ timestampNs: session.clock.nowNs(), payload })
  }, 1_000 / poseHz)
}

/** When an entry of {@link startOffers} was made, ms. */
export function stampOf(payload: object): number {
  const { frame, data, translation } = payload as {
    readonly frame?: Uint8Array
    readonly data?: Uint8Array
    readonly translation?: { readonly x: number }
  }
  const bytes = frame ?? data
  return bytes === undefined ? translation!.x : new DataView(bytes.buffer, bytes.byteOffset).getFloat64(0)
}
