/** The rows of a peer's catalog: which logs it has, on which clock, and how much is in them. */
import type { RegistryRef, SensorKind } from '@auki/registry'

/** Names one log: whose data it is and which resource. */
export interface LogRef {
  /** The peer whose data it is. */
  readonly sourcePeerId: string
  /** Unique within that peer. */
  readonly resourceId: string
}

/** The kinds of log, as catalog rows and requests for them spell them. */
export type ResourceVariant = 'sensor_log' | 'pose_log' | 'time_transform_log' | 'detection_log'
/** Whether the pose of a pose log may change (`movable`) or never does (`rigid`). */
export type WriterMode = 'rigid' | 'movable'
/** Where poses come from: the ROS 2 topics `tf` and `tf_static` by these publishers, or an app. */
export type PoseSource = { readonly kind: 'ros2_tf'; readonly publishers: readonly string[] } | { readonly kind: 'manual' }
/** How two clocks are compared: both are read on the same machine. */
export type TimeTransformSource = { readonly kind: 'local_clock_read' }

/** Where a live log begins: it keeps the newest `retentionNs`, or everything since `startedAtNs` (ns on the log's clock). */
export type LogHead = { readonly kind: 'rolling'; readonly retentionNs: bigint } | { readonly kind: 'fixed'; readonly startedAtNs: bigint }

/** Smallest and largest timestamp of a sealed log, inclusive; ns on the log's clock. */
export interface LogExtent {
  /** Of the oldest entry. */
  readonly startAtNs: bigint
  /** Of the newest entry. */
  readonly finishAtNs: bigint
}

/** What is retained now: bytes (u64) of the segments, entries (u64), largest minus smallest timestamp in ns (i64). */
export interface LogAvailable {
  /** Bytes of the segment files, headers included. */
  readonly bytes: bigint
  /** Entries. */
  readonly entries: bigint
  /** From the smallest to the largest timestamp, ns. */
  readonly durationNs: bigint
}

/** What a row says of the sensor behind a log, so that a reader need not fetch its registry entry first. */
export interface SensorSummary {
  /** It decides what the entries hold: see `payloadKindOf`. */
  readonly kind: SensorKind
  /** Open string: `rgb`, `depth`, `3d_lidar`, … */
  readonly type: string
  /** Id of the sensor's registry entry at the source peer. */
  readonly sensorId: string
  /** Content hash of that entry: its version. */
  readonly sensorHash: string
}

interface ResourceRow {
  /** Whose data it is. */
  readonly sourcePeerId: string
  /** Who holds the bytes; differs from the source for a materialised copy. */
  readonly writerPeerId: string
  /** Unique within that peer. */
  readonly resourceId: string
  /** Open string; `live` or `sealed` in v1. */
  readonly state: string
  /** Live rows only. */
  readonly head?: LogHead
  /** Sealed rows only. */
  readonly extent?: LogExtent
  readonly available: LogAvailable
}

/** The row of a sensor log. */
export interface SensorLogEntry extends ResourceRow {
  /** The kind of log. */
  readonly variant: 'sensor_log'
  /** The sensor that fills the log; its registry entry is under this id and hash at the source peer. */
  readonly sensor: SensorSummary
  /** What the log refers to. */
  readonly manifest: { readonly clock: RegistryRef; readonly frame?: RegistryRef }
}

/** The row of a pose log. */
export interface PoseLogEntry extends ResourceRow {
  /** The kind of log. */
  readonly variant: 'pose_log'
  /** Absent where the producer does not say. */
  readonly pose?: { readonly writerMode: WriterMode }
  /** What the log refers to. */
  readonly manifest: {
    readonly fromFrame: RegistryRef
    readonly toFrame: RegistryRef
    readonly clock: RegistryRef
    readonly source: PoseSource
    /** Hz (u32); 0 = unspecified. */
    readonly expectedRateHz: number
  }
}

/** The row of a TimeTransform log. */
export interface TimeTransformLogEntry extends ResourceRow {
  /** The kind of log. */
  readonly variant: 'time_transform_log'
  /** What the log refers to. */
  readonly manifest: { readonly fromClock: RegistryRef; readonly toClock: RegistryRef; readonly source: TimeTransformSource }
}

/** The row of a detection log. */
export interface DetectionLogEntry extends ResourceRow {
  /** The kind of log. */
  readonly variant: 'detection_log'
  /** What the log refers to. */
  readonly manifest: {
    readonly detector: RegistryRef
    readonly inputLog: LogRef
    readonly inputSensor: RegistryRef
    readonly clock: RegistryRef
  }
}

/** One row of a catalog (`/auki/resources/0.2.0`), discriminated by `variant`. */
export type ResourceEntry = SensorLogEntry | PoseLogEntry | TimeTransformLogEntry | DetectionLogEntry
