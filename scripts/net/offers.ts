/** What a peer of the lab has: logs whose entries carry the moment they were made. */
import { type Peer, rosBody, rosOptical, type Session, seconds } from '@auki/domain'
import { nowMs, type PeerInit } from './messages.ts'

const rolling = { head: { kind: 'rolling', retentionNs: seconds(5) } } as const
const poseHz = 50
const upright = { x: 0, y: 0, z: 0, w: 1 }

export async function startOffers(peer: Peer, session: Session, { offers, frameBytes, cameraHz }: PeerInit): Promise<void> {
  if (offers.includes('camera')) await startCamera(peer, session, frameBytes, cameraHz)
  if (offers.includes('pose')) await startPose(peer, session)
}

async function startCamera(peer: Peer, session: Session, frameBytes: number, hz: number): Promise<void> {
  const frame = await peer.registerFrame('optical', rosOptical)
  const picture = { type: 'rgb', width: 640, height: 480, pixelFormat: 'jpeg', colorSpace: 'srgb' } as const
  const models = { intrinsicsModel: 'pinhole', distortionModel: 'none' } as const
  const sensor = await peer.registerSensor('camera', { kind: 'camera', frameRateHz: hz, frame, ...picture, ...models })
  const log = await session.registerSensorLog({ sensor, ...rolling })
  setInterval(() => {
    const bytes = new Uint8Array(frameBytes)
    new DataView(bytes.buffer).setFloat64(0, nowMs())
    void log.append({ timestampNs: session.clock.nowNs(), payload: { frame: bytes } })
  }, 1_000 / hz)
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
  const { frame, translation } = payload as { readonly frame?: Uint8Array; readonly translation?: { readonly x: number } }
  return frame === undefined ? translation!.x : new DataView(frame.buffer, frame.byteOffset).getFloat64(0)
}
