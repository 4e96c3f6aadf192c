/** Made-up sensors for trying things out: real entries, frames and logs, so that others find them in the catalog. */
import { type Peer, rosBody, rosOptical, type SensorBody, type Session, seconds } from '@auki/domain'
import type { SyntheticSensor } from './parse.ts'

/** What a log of a made-up sensor keeps. */
const rolling = { head: { kind: 'rolling', retentionNs: seconds(10) } } as const

type Register = (peer: Peer, session: Session, id: string) => Promise<{ readonly resourceId: string }>

const registerOf: Readonly<Record<SyntheticSensor, Register>> = { camera: registerCamera, lidar: registerLidar, pose: registerPose }

/** Registers each sensor with its frames and a live log; the second of a kind is called `camera-2` and so on. Resolves to the resource ids. */
export async function registerSensors(peer: Peer, session: Session, sensors: readonly SyntheticSensor[]): Promise<string[]> {
  const counts = new Map<SyntheticSensor, number>()
  const resourceIds: string[] = []
  for (const kind of sensors) {
    const count = (counts.get(kind) ?? 0) + 1
    counts.set(kind, count)
    const log = await registerOf[kind](peer, session, count === 1 ? kind : `${kind}-${count}`)
    resourceIds.push(log.resourceId)
  }
  return resourceIds
}

async function registerCamera(peer: Peer, session: Session, id: string): Promise<{ readonly resourceId: string }> {
  const frame = await peer.registerFrame(`${id}_optical`, rosOptical)
  const body: SensorBody<'camera'> = {
    kind: 'camera',
    type: 'rgb',
    width: 640,
    height: 480,
    frameRateHz: 30,
    pixelFormat: 'rgb8',
    colorSpace: 'srgb',
    intrinsicsModel: 'pinhole',
    distortionModel: 'none',
    frame
  }
  return session.registerSensorLog({ sensor: await peer.registerSensor(id, body), frame, ...rolling })
}

async function registerLidar(peer: Peer, session: Session, id: string): Promise<{ readonly resourceId: string }> {
  const frame = await peer.registerFrame(`${id}_link`, rosBody)
  const fields = ['x', 'y', 'z', 'intensity'].map((name, at) => ({ name, offset: 4 * at, datatype: 'float32' as const, count: 1 }))
  const body: SensorBody<'rangefinder'> = {
    kind: 'rangefinder',
    type: '3d_lidar',
    fields,
    pointStep: 16,
    isBigendian: false,
    frameRateHz: 10,
    frame
  }
  return session.registerSensorLog({ sensor: await peer.registerSensor(id, body), frame, ...rolling })
}

async function registerPose(peer: Peer, session: Session, id: string): Promise<{ readonly resourceId: string }> {
  const fromFrame = await peer.registerFrame('odom', rosBody)
  const toFrame = await peer.registerFrame(id === 'pose' ? 'base_link' : `base_link-${id}`, rosBody)
  return session.registerPoseLog({ fromFrame, toFrame, source: { kind: 'manual' }, writerMode: 'movable', expectedRateHz: 50, ...rolling })
}
