export { payloadBytesMax } from './aklg.ts'
export { catalogOf } from './catalog.ts'
export type { NumberedEntry, RawEntry } from './entry-buffer.ts'
export { LogError, type LogErrorCode, SessionError, type SessionErrorCode } from './errors.ts'
export type { LogBatch, LogCursor } from './log-cursor.ts'
export type { Entry } from './log-entry.ts'
export type { LogHandle, ReadOptions } from './log-handle.ts'
export { logDirectory, manifestPath } from './log-paths.ts'
export type { DetectionLogSpec, LogSpec, PoseLogSpec, SensorLogSpec, TimeTransformLogSpec } from './log-specs.ts'
export type { Lost } from './lost.ts'
export {
  type DetectionLogManifest,
  type LogManifest,
  type PoseLogManifest,
  resourceIdOf,
  type SensorLogManifest,
  type TimeTransformLogManifest
} from './manifest.ts'
export { decodeManifest, encodeManifest, encodeSource, sourceHash } from './manifest-codec.ts'
export { validateManifest } from './manifest-rules.ts'
export { type LogReader, openLog } from './open-log.ts'
export { payloadKindOf } from './payload-kind.ts'
export { Peer, type PeerInit } from './peer.ts'
export type { PeerRegistries, PeerRegistryKind } from './peer-registries.ts'
export type {
  DetectionLogEntry,
  LogAvailable,
  LogExtent,
  LogHead,
  LogRef,
  PoseLogEntry,
  PoseSource,
  ResourceEntry,
  ResourceVariant,
  SensorLogEntry,
  SensorSummary,
  TimeTransformLogEntry,
  TimeTransformSource,
  WriterMode
} from './resource-entry.ts'
export { type RetentionRule, remainingSegments, segmentStart } from './retention.ts'
export { type SampleTimeTransformOptions, sampleTimeTransform } from './sample-time-transform.ts'
export { Session } from './session.ts'
export type {
  DetectionLogHandle,
  PoseLogHandle,
  SensorLogHandle,
  SensorPayload,
  SessionLogs,
  TimeTransformLogHandle
} from './session-logs.ts'
export type { Timer } from './timer.ts'
