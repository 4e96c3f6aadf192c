/** What the register calls take, and the manifests they make of it. */
import type { RegistryRef, SensorKind, SensorRef } from '@auki/registry'
import type { LogRef, PoseSource, TimeTransformSource, WriterMode } from '../resource-entry.ts'
import { segmentNsDefault, segmentNsMin, segmentsPerRetention } from '../settings.ts'
import type { DetectionLogManifest, PoseLogManifest, SensorLogManifest, TimeTransformLogManifest } from './manifest.ts'
import { sortedSource } from './manifest-codec.ts'

/** What every log is registered with. */
export interface LogSpec {
  /** What the catalog says about where the log begins; `retentionNs` is what evicts. */
  readonly head: { readonly kind: 'rolling'; readonly retentionNs: bigint } | { readonly kind: 'fixed' }
  /** Length of a segment's window, ns; default 10 s for a fixed head, a tenth of a rolling one's retention but at least 1 s. */
  readonly segmentDurationNs?: bigint
  /** Segments older than this are removed, ns; 0 keeps all. Default: the rolling head's, 0 for a fixed one. */
  readonly retentionNs?: bigint
  /**
   * How far, in ns, a timestamp may be ahead of the log's clock; default 60 s. One that is further ahead is refused (`too-far-ahead`): it would age all that is
   * there at once, and nothing could follow it before its time. `'any'` for entries of another time, such as those of a recording that is played; then
   * retention goes by their timestamps alone. Only the clocks of the session are looked at; on other clocks everything may be appended.
   */
  readonly maxAheadNs?: bigint | 'any'
  /** What to do with another recording in the log's directory: set it aside under `archive/` (default) or delete it. */
  readonly earlier?: 'archive' | 'delete'
}

/** A log of what a sensor reads; resource id `<sensor.id>`. */
export interface SensorLogSpec<K extends SensorKind = SensorKind> extends LogSpec {
  /** What `registerSensor` returned. */
  readonly sensor: SensorRef<K>
  /** The clock of the timestamps; default: the session's monotonic clock. */
  readonly clock?: RegistryRef
  /** Default: none; readers then take the sensor entry's. */
  readonly frame?: RegistryRef
}

/** A log of the pose of one frame in another; resource id `<fromFrame.id>-><toFrame.id>`. */
export interface PoseLogSpec extends LogSpec {
  /** The frame that poses are expressed in; `registerFrame` returned it. */
  readonly fromFrame: RegistryRef
  /** The frame whose pose it is. */
  readonly toFrame: RegistryRef
  /** The clock of the timestamps; default: the session's monotonic clock. */
  readonly clock?: RegistryRef
  /** Where the poses come from. */
  readonly source: PoseSource
  /** `rigid` for a pose that never changes. */
  readonly writerMode: WriterMode
  /** Hz (u32); 0 = unspecified. */
  readonly expectedRateHz: number
}

/** A log of how two clocks relate; resource id `<fromClock.id>-><toClock.id>`. */
export interface TimeTransformLogSpec extends LogSpec {
  /** The clock of the timestamps. */
  readonly fromClock: RegistryRef
  /** The clock that the offsets lead to. */
  readonly toClock: RegistryRef
  /** How the offsets are measured. */
  readonly source: TimeTransformSource
}

/** A log of what a detector found in another log; resource id `<detector.id>@<inputSensor.id>`. */
export interface DetectionLogSpec extends LogSpec {
  /** What `registerDetector` returned. */
  readonly detector: RegistryRef
  /** The log that the detector reads. */
  readonly inputLog: LogRef
  /** The sensor of that log. */
  readonly inputSensor: RegistryRef
  /** The clock of the timestamps; default: the session's monotonic clock. */
  readonly clock?: RegistryRef
}

/** Who registers, and in which session. */
export interface LogOwner {
  readonly peerId: string
  readonly appId: string
  readonly sessionId: string
  readonly monotonicClock: RegistryRef
}

export function sensorManifest(owner: LogOwner, spec: SensorLogSpec): SensorLogManifest {
  const { sensor, clock = owner.monotonicClock, frame } = spec
  return { variant: 'sensor_log', ...common(owner, spec), sensor, clock, ...(frame && { frame }) }
}

export function poseManifest(owner: LogOwner, spec: PoseLogSpec): PoseLogManifest {
  const { fromFrame, toFrame, clock = owner.monotonicClock, source, writerMode, expectedRateHz } = spec
  return {
    variant: 'pose_log',
    ...common(owner, spec),
    fromFrame,
    toFrame,
    clock,
    source: sortedSource(source),
    writerMode,
    expectedRateHz
  }
}

export function timeTransformManifest(owner: LogOwner, spec: TimeTransformLogSpec): TimeTransformLogManifest {
  const { fromClock, toClock, source } = spec
  return { variant: 'time_transform_log', ...common(owner, spec), fromClock, toClock, source }
}

export function detectionManifest(owner: LogOwner, spec: DetectionLogSpec): DetectionLogManifest {
  const { detector, inputLog, inputSensor, clock = owner.monotonicClock } = spec
  return { variant: 'detection_log', ...common(owner, spec), detector, inputLog, inputSensor, clock }
}

/** The latest timestamp and longest duration there is. */
export const i64Max = 2n ** 63n - 1n

function common({ peerId, appId, sessionId }: LogOwner, spec: LogSpec) {
  const { segmentDurationNs = defaultSegmentNs(spec), retentionNs = spec.head.kind === 'rolling' ? spec.head.retentionNs : 0n } = spec
  const durations = { segmentDurationNs: clampToI64(segmentDurationNs), retentionNs: clampToI64(retentionNs) }
  return { sourcePeerId: peerId, writerPeerId: peerId, appId, sessionId, ...durations }
}

function defaultSegmentNs({ head }: LogSpec): bigint {
  if (head.kind === 'fixed') return segmentNsDefault
  const part = head.retentionNs / segmentsPerRetention
  return part > segmentNsMin ? part : segmentNsMin
}

/** A duration over the range of i64 is as good as its maximum: 292 years. */
export function clampToI64(durationNs: bigint): bigint {
  return durationNs > i64Max ? i64Max : durationNs
}
