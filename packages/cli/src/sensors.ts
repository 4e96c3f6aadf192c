/** Synthetic sensors for trying things out: real registry entries, frames and logs with made-up data that moves. */
import { type Peer, rosBody, rosOptical, type SensorBody, type Session } from '@auki/domain'
import type { SyntheticSensor } from './parse.ts'
import type { OfferedLog } from './presence.ts'
import { cameraHz, lidarHz, poseHz, syntheticRetentionNs } from './settings.ts'
import { Feed, type FeedInit } from './synthetic-feed.ts'
import { Film, pictureHeight, pictureWidth } from './synthetic-picture.ts'
import { pointBytes, pointsAt, poseAt } from './synthetic-scene.ts'

/** What the log of a synthetic sensor keeps. */
const rolling = { head: { kind: 'rolling', retentionNs: syntheticRetentionNs } } as const

type Register = (peer: Peer, session: Session, id: string) => Promise<OfferedLog>

const registerOf: Readonly<Record<SyntheticSensor, Register>> = { camera: registerCamera, lidar: registerLidar, pose: registerPose }

/** Registers each sensor with its frames and a live log; the second of a kind is called `camera-2` and so on. */
export async function registerSensors(peer: Peer, session: Session, sensors: readonly SyntheticSensor[]): Promise<OfferedLog[]> {
  const counts = new Map<SyntheticSensor, number>()
  const logs: OfferedLog[] = []
  for (const kind of sensors) {
    const count = (counts.get(kind) ?? 0) + 1
    counts.set(kind, count)
    logs.push(await registerOf[kind](peer, session, count === 1 ? kind : `${kind}-${count}`))
  }
  return logs
}

/** All cameras of this process show the same. */
const film = new Film()

function synthetic<T>(
  { clock }: Session,
  log: FeedInit<T>['log'] & { readonly resourceId: string },
  rateHz: number,
  payloadAt: (tick: number) => T
): OfferedLog {
  return { resourceId: log.resourceId, start: () => new Feed({ log, clock, rateHz, payloadAt }) }
}

async function registerCamera(peer: Peer, session: Session, id: string): Promise<OfferedLog> {
  const frame = await peer.registerFrame(`${id}_optical`, rosOptical)
  const body: SensorBody<'camera'> = {
    kind: 'camera',
    type: 'rgb',
    width: pictureWidth,
    height: pictureHeight,
    frameRateHz: cameraHz,
    pixelFormat: 'jpeg',
    colorSpace: 'srgb',
    intrinsicsModel: 'pinhole',
    distortionModel: 'none',
    frame
  }
  const log = await session.registerSensorLog({ sensor: await peer.registerSensor(id, body), frame, ...rolling })
  return synthetic(session, log, cameraHz, (tick) => ({ frame: film.picture(tick) }))
}

async function registerLidar(peer: Peer, session: Session, id: string): Promise<OfferedLog> {
  const frame = await peer.registerFrame(`${id}_link`, rosBody)
  const fields = ['x', 'y', 'z', 'intensity'].map((name, at) => ({ name, offset: 4 * at, datatype: 'float32' as const, count: 1 }))
  const body: SensorBody<'rangefinder'> = {
    kind: 'rangefinder',
    type: '3d_lidar',
    fields,
    pointStep: pointBytes,
    isBigendian: false,
    frameRateHz: lidarHz,
    frame
  }
  const log = await session.registerSensorLog({ sensor: await peer.registerSensor(id, body), frame, ...rolling })
  return synthetic(session, log, lidarHz, (tick) => ({ data: pointsAt(tick / lidarHz) }))
}

async function registerPose(peer: Peer, session: Session, id: string): Promise<OfferedLog> {
  const fromFrame = await peer.registerFrame('odom', rosBody)
  const toFrame = await peer.registerFrame(id === 'pose' ? 'base_link' : `base_link-${id}`, rosBody)
  const source = { kind: 'manual' } as const
  const log = await session.registerPoseLog({ fromFrame, toFrame, source, writerMode: 'movable', expectedRateHz: poseHz, ...rolling })
  return synthetic(session, log, poseHz, (tick) => poseAt(tick / poseHz))
}
