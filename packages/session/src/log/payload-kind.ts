import type { PayloadKind } from '@auki/datatypes'
import type { SensorKind } from '@auki/registry'
import type { LogManifest } from './manifest.ts'

/** What the entries of a sensor's log hold, by the kind of sensor. */
export const sensorPayloadKinds = {
  camera: 'camera',
  rangefinder: 'point_cloud',
  rf: 'bytes',
  audio: 'audio',
  joint_encoders: 'joint_encoders'
} as const satisfies Record<SensorKind, PayloadKind>

/** What the entries of a log hold, by its manifest or its catalog row; plain `bytes` for a sensor nothing is known of. */
export function payloadKindOf(manifest: Pick<LogManifest, 'variant'>, sensorKind: SensorKind | undefined): PayloadKind {
  switch (manifest.variant) {
    case 'sensor_log':
      return sensorKind === undefined ? 'bytes' : sensorPayloadKinds[sensorKind]
    case 'pose_log':
      return 'pose'
    case 'time_transform_log':
      return 'time_transform'
    case 'detection_log':
      return 'detection'
  }
}
