/** What a log is about. Written once as `manifest.json`, and again only when its retention changes or a later session goes on with it. */
import type { RegistryRef } from '@auki/registry'
import type { LogRef, PoseSource, TimeTransformSource, WriterMode } from '../resource-entry.ts'

interface ManifestCommon {
  /** Whose data it is. */
  readonly sourcePeerId: string
  /** Who writes the log; differs from the source for a materialised copy. */
  readonly writerPeerId: string
  readonly appId: string
  readonly sessionId: string
  /** Length of a segment's window, ns (i64), more than 0. */
  readonly segmentDurationNs: bigint
  /** Segments older than this are removed, ns (i64); 0 keeps all. */
  readonly retentionNs: bigint
}

/** Of a log of what a sensor reads. */
export interface SensorLogManifest extends ManifestCommon {
  /** The kind of log; not written, the other members tell. */
  readonly variant: 'sensor_log'
  /** The sensor that fills the log. */
  readonly sensor: RegistryRef
  /** The clock that stamps the entries. */
  readonly clock: RegistryRef
  /** The frame of the readings, when it is not the one in the sensor's entry. */
  readonly frame?: RegistryRef
}

/** Of a log of the pose of one frame in another. */
export interface PoseLogManifest extends ManifestCommon {
  readonly variant: 'pose_log'
  /** The frame that the poses are expressed in. */
  readonly fromFrame: RegistryRef
  /** The frame whose pose it is. */
  readonly toFrame: RegistryRef
  /** The clock that stamps the entries. */
  readonly clock: RegistryRef
  /** Where the poses come from. */
  readonly source: PoseSource
  /** Whether the pose may change. */
  readonly writerMode: WriterMode
  /** Hz (u32); 0 = unspecified. */
  readonly expectedRateHz: number
}

/** Of a log of how two clocks relate. */
export interface TimeTransformLogManifest extends ManifestCommon {
  readonly variant: 'time_transform_log'
  /** The clock that stamps the entries. */
  readonly fromClock: RegistryRef
  /** The clock that the offsets lead to. */
  readonly toClock: RegistryRef
  /** How the offsets are measured. */
  readonly source: TimeTransformSource
}

/** Of a log of what a detector found in another log. */
export interface DetectionLogManifest extends ManifestCommon {
  readonly variant: 'detection_log'
  /** The detector that fills the log. */
  readonly detector: RegistryRef
  /** The log that it reads. */
  readonly inputLog: LogRef
  /** The sensor of that log. */
  readonly inputSensor: RegistryRef
  /** The clock that stamps the entries. */
  readonly clock: RegistryRef
}

/** The manifest of a log of any kind, discriminated by `variant`. */
export type LogManifest = SensorLogManifest | PoseLogManifest | TimeTransformLogManifest | DetectionLogManifest

/** The resource id of the log a manifest describes, unique within its source peer. */
export function resourceIdOf(manifest: LogManifest): string {
  switch (manifest.variant) {
    case 'sensor_log':
      return manifest.sensor.id
    case 'pose_log':
      return `${manifest.fromFrame.id}->${manifest.toFrame.id}`
    case 'time_transform_log':
      return `${manifest.fromClock.id}->${manifest.toClock.id}`
    case 'detection_log':
      return `${manifest.detector.id}@${manifest.inputSensor.id}`
  }
}

/** The clocks a manifest names. The first one stamps the entries. */
export function clocksOf(manifest: LogManifest): readonly [RegistryRef, ...RegistryRef[]] {
  return manifest.variant === 'time_transform_log' ? [manifest.fromClock, manifest.toClock] : [manifest.clock]
}
