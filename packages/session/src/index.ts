/**
 * # @auki/session
 *
 * A peer, its sessions, and the logs they record. It knows no network and no cluster: alone it is enough to record, and to read recordings.
 *
 * ```ts
 * const peer = new Peer({ peerId: '12D3KooW…', appId: 'robot', storage: fileStorage('data') })
 * const frame = await peer.registerFrame('base_link', rosBody)
 * const wifi = await peer.registerSensor('wifi', { kind: 'rf', type: 'wifi', frame })
 * await using session = await peer.startSession()
 * const log = await session.registerSensorLog({ sensor: wifi, head: { kind: 'fixed' } })
 * await log.append({ timestampNs: session.clock.nowNs(), payload: Uint8Array.of(1, 2, 3) })
 * for await (const { timestampNs, payload } of log.read()) console.log(timestampNs, payload)
 * ```
 *
 * Where to read on:
 *
 * 1. `peer.ts`, `session.ts`: what an app holds. A {@link Peer} has sensors, frames and detectors; a {@link Session} is one run of it, with two clocks and logs.
 * 2. `session-logs.ts`: registering a log, from the check of its manifest to the first file; `catalog.ts`: what a peer tells others of its logs.
 * 3. `log/log-handle.ts`: what a {@link LogHandle} promises; `log/log.ts`: the log behind it.
 * 4. Writing: `log/recording.ts` (what is in a log), `log/entry-buffer.ts` and `log/parts.ts` (appended bytes in memory), `log/segment-writer.ts` (to disk).
 * 5. Reading: `log/cursor.ts` walks from the files into memory without a gap, `log/log-entries.ts` makes a loop of it, `log/lost.ts` says what retention took.
 * 6. The files: `log/aklg.ts` (the format), `log/sums.ts` (the checksums beside it), `log/scan.ts` (what a crash left), `log/earlier.ts` (what an earlier session left), `log/open-log.ts` (recordings).
 *
 * Every duration and cap is in `settings.ts`.
 *
 * @packageDocumentation
 */
export type { Timer } from '@auki/canonical'
export { catalogOf, logsOf } from './catalog.ts'
export { LogError, type LogErrorCode, SessionError, type SessionErrorCode } from './errors.ts'
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
export type { LogDamage } from './log/scan.ts'
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
export { payloadBytesMax } from './settings.ts'
