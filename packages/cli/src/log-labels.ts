/** How people see a log: what it is called, and what it holds. */
import type { ResourceEntry } from '@auki/domain'

/** The log of how a session's clock and the wall clock relate, which every peer has: `<session>/monotonic-><session>/utc`. */
const ownClockRule = /^(.+)\/monotonic->\1\/utc$/

/** The log of a peer's own clock is `clock`, every other one goes by its id. */
export const logLabel = ({ variant, resourceId }: Pick<ResourceEntry, 'variant' | 'resourceId'>): string =>
  variant === 'time_transform_log' && resourceId.length <= 512 && ownClockRule.test(resourceId) ? 'clock' : resourceId

/** `"camera" of robot ·8kQz` */
export const logOfPeer = (row: Pick<ResourceEntry, 'variant' | 'resourceId'>, peerLabel: string): string =>
  `"${logLabel(row)}" of ${peerLabel}`

const kinds = { pose_log: 'pose', time_transform_log: 'clock', detection_log: 'detections' } as const

/** `camera rgb`, `pose` */
export const logKindText = (row: ResourceEntry): string =>
  row.variant === 'sensor_log' ? `${row.sensor.kind} ${row.sensor.type}`.trim() : kinds[row.variant]
