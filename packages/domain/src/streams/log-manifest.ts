/** What a stream says about itself, and what a catalog row lets us expect of it. */
import { emptyManifest, type StreamManifest } from '@auki/network'
import type { RegistryRef } from '@auki/registry'
import { type LogManifest, type ResourceEntry, resourceIdOf } from '@auki/session'

type Fields = Partial<StreamManifest>

/** The manifest of a log's stream. `frame` is that of a camera or a rangefinder, `undefined` for all others. */
export function streamManifestOf(manifest: LogManifest, frame: RegistryRef | undefined): StreamManifest {
  const common = { ...emptyManifest, resourceId: resourceIdOf(manifest) }
  switch (manifest.variant) {
    case 'sensor_log':
      return { ...common, ...sensor(manifest.sensor), ...clock(manifest.clock), ...(frame && { frameId: frame.id, frameHash: frame.hash }) }
    case 'pose_log': {
      const { expectedRateHz, writerMode } = manifest
      return { ...common, ...clock(manifest.clock), payload: 'spatial_transform', ...frames(manifest), writerMode, expectedRateHz }
    }
    case 'time_transform_log':
      return { ...common, ...clock(manifest.fromClock), payload: 'time_transform' }
    case 'detection_log':
      return { ...common, ...sensor(manifest.inputSensor), ...clock(manifest.clock) }
  }
}

/** What the manifest of a row's stream must say. */
export function expectedOf(row: ResourceEntry): Fields {
  switch (row.variant) {
    case 'sensor_log':
      return { sensorId: row.sensor.sensorId, sensorHash: row.sensor.sensorHash, ...clock(row.manifest.clock) }
    case 'pose_log':
      return { ...clock(row.manifest.clock), ...frames(row.manifest), ...(row.pose && { writerMode: row.pose.writerMode }) }
    case 'time_transform_log':
      return clock(row.manifest.fromClock)
    case 'detection_log':
      return { ...sensor(row.manifest.inputSensor), ...clock(row.manifest.clock) }
  }
}

type Ref = Pick<RegistryRef, 'id' | 'hash'>

const sensor = ({ id, hash }: Ref): Fields => ({ sensorId: id, sensorHash: hash })
const clock = ({ id, hash }: Ref): Fields => ({ clockId: id, clockHash: hash })
const frames = ({ fromFrame, toFrame }: { readonly fromFrame: Ref; readonly toFrame: Ref }): Fields => ({
  fromFrameId: fromFrame.id,
  fromFrameHash: fromFrame.hash,
  toFrameId: toFrame.id,
  toFrameHash: toFrame.hash
})
