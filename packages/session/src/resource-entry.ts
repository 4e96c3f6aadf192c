/** The rows of a peer's catalog: which logs it has, on which clock, and how much is in them. */
import type { RegistryRef, SensorKind } from '@auki/registry'

/** Names one log: whose data it is and which resource. */
export interface LogRef {
  readonly sourcePeerId: string
  readonly resourceId: string
}

export type ResourceVariant = 'sensor_log' | 'pose_log' | 'time_transform_log' | 'detection_log'
export type WriterMode = 'rigid' | 'movable'
export type PoseSource = { readonly kind: 'ros2_tf'; readonly publishers: readonly string[] } | { readonly kind: 'manual' }
export type TimeTransformSource = { readonly kind: 'local_clock_read' }

/** Where a live log begins: it keeps the newest `retentionNs`, or everything since `startedAtNs` (ns on the log's clock). */
export type LogHead = { readonly kind: 'rolling'; readonly retentionNs: bigint } | { readonly kind: 'fixed'; readonly startedAtNs: bigint }

/** Smallest and largest timestamp of a sealed log, inclusive; ns on the log's clock. */
export interface LogExtent {
  readonly startAtNs: bigint
  readonly finishAtNs: bigint
}

/** What is retained now: bytes (u64) of the segments, entries (u64), largest minus smallest timestamp in ns (i64). */
export interface LogAvailable {
  readonly bytes: bigint
  readonly entries: bigint
  readonly durationNs: bigint
}

export interface SensorSummary {
  readonly kind: SensorKind
  /** Open string: `rgb`, `depth`, `3d_lidar`, … */
  readonly type: string
  readonly sensorId: string
  readonly sensorHash: string
}

interface ResourceRow {
  /** Whose data it is. */
  readonly sourcePeerId: string
  /** Who holds the bytes; differs from the source for a materialised copy. */
  readonly writerPeerId: string
  readonly resourceId: string
  /** Open string; `live` or `sealed` in v1. */
  readonly state: string
  /** Live rows only. */
  readonly head?: LogHead
  /** Sealed rows only. */
  readonly extent?: LogExtent
  readonly available: LogAvailable
}

export interface SensorLogEntry extends ResourceRow {
  readonly variant: 'sensor_log'
  /** The sensor that fills the log; its registry entry is under this id and hash at the source peer. */
  readonly sensor: SensorSummary
  readonly manifest: { readonly clock: RegistryRef; readonly frame?: RegistryRef }
}

export interface PoseLogEntry extends ResourceRow {
  readonly variant: 'pose_log'
  readonly pose?: { readonly writerMode: WriterMode }
  readonly manifest: {
    readonly fromFrame: RegistryRef
    readonly toFrame: RegistryRef
    readonly clock: RegistryRef
    readonly source: PoseSource
    /** Hz (u32); 0 = unspecified. */
    readonly expectedRateHz: number
  }
}

export interface TimeTransformLogEntry extends ResourceRow {
  readonly variant: 'time_transform_log'
  readonly manifest: { readonly fromClock: RegistryRef; readonly toClock: RegistryRef; readonly source: TimeTransformSource }
}

export interface DetectionLogEntry extends ResourceRow {
  readonly variant: 'detection_log'
  readonly manifest: {
    readonly detector: RegistryRef
    readonly inputLog: LogRef
    readonly inputSensor: RegistryRef
    readonly clock: RegistryRef
  }
}

/** One row of a catalog (`/auki/resources/0.2.0`), discriminated by `variant`. */
export type ResourceEntry = SensorLogEntry | PoseLogEntry | TimeTransformLogEntry | DetectionLogEntry
