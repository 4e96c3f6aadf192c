export type { Timer } from '@auki/canonical'
export { catalogOf } from './catalog.ts'
export { LogError, type LogErrorCode, SessionError, type SessionErrorCode } from './errors.ts'
export { payloadBytesMax } from './log/aklg.ts'
export type { LogBatch, LogCursor } from './log/log-cursor.ts'
export type { Entry, NumberedEntry, StoredEntry } from './log/log-entry.ts'
export type { LogHandle, ReadOptions } from './log/log-handle.ts'
export { logDirectory, manifestPath } from './log/log-paths.ts'
export type { DetectionLogSpec, LogSpec, PoseLogSpec, SensorLogSpec, TimeTransformLogSpec } from './log/log-specs.ts'
export type { Lost } from './log/lost.ts'
export {
  type DetectionLogManifest,
  type LogManifest,
  type PoseLogManifest,
  resourceIdOf,
  type SensorLogManifest,
  type TimeTransformLogManifest
} from './log/manifest.ts'
export { decodeManifest, encodeManifest, encodeSource, sourceHash } from './log/manifest-codec.ts'
export { validateManifest } from './log/manifest-rules.ts'
export { type LogReader, openLog } from './log/open-log.ts'
export { payloadKindOf } from './log/payload-kind.ts'
export { type RetentionRule, remainingSegments, segmentStart } from './log/retention.ts'
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
