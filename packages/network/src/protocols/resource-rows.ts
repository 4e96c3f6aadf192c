/** Catalog rows in wire spelling and back: one flat JSON object per log. */
import { assertNever, type Json } from '@auki/canonical'
import type { RegistryRef, SensorKind } from '@auki/registry'
import type {
  LogHead,
  LogRef,
  PoseLogEntry,
  PoseSource,
  ResourceEntry,
  ResourceVariant,
  SensorSummary,
  TimeTransformSource,
  WriterMode
} from '@auki/session'
import { type JsonRecord, recordOf } from './json-frame.ts'
import { idOf } from './names.ts'

/** The closed set of row variants. */
export const resourceVariants: readonly ResourceVariant[] = ['sensor_log', 'pose_log', 'time_transform_log', 'detection_log']
const sensorKinds: readonly SensorKind[] = ['camera', 'rangefinder', 'rf', 'audio', 'joint_encoders']
const writerModes: readonly WriterMode[] = ['rigid', 'movable']

type JsonObject = { [key: string]: Json }

/** The row in wire spelling, its 64-bit integers as bigint. */
export function encodeRow(row: ResourceEntry): JsonObject {
  return {
    source_peer_id: row.sourcePeerId,
    writer_peer_id: row.writerPeerId,
    resource_id: row.resourceId,
    state: row.state,
    ...(row.head === undefined ? {} : { head: headJson(row.head) }),
    ...(row.extent === undefined ? {} : { extent: { start_at_ns: row.extent.startAtNs, finish_at_ns: row.extent.finishAtNs } }),
    available: { bytes: row.available.bytes, entries: row.available.entries, duration_ns: row.available.durationNs },
    variant: row.variant,
    ...variantJson(row)
  }
}

/** Reads a row from `parseJson(…, { integers: 'bigint' })`; unknown keys are ignored. @throws CodecError 'decode' */
export function decodeRow(json: Json): ResourceEntry {
  const row = recordOf(json, 'the row')
  const variant = row.oneOf('variant', resourceVariants)
  const available = row.record('available')
  const common = {
    sourcePeerId: idOf(row, 'source_peer_id'),
    writerPeerId: idOf(row, 'writer_peer_id'),
    resourceId: idOf(row, 'resource_id'),
    state: row.string('state'),
    ...(row.has('head') ? { head: headOf(row.record('head')) } : {}),
    ...(row.has('extent') ? { extent: extentOf(row.record('extent')) } : {}),
    available: { bytes: available.u64('bytes'), entries: available.u64('entries'), durationNs: available.i64('duration_ns') }
  }
  const manifest = row.record('manifest')
  switch (variant) {
    case 'sensor_log': {
      const frame = manifest.has('frame') ? { frame: refOf(manifest.record('frame')) } : {}
      const sensor = sensorOf(row.record('sensor'))
      return { ...common, variant, sensor, manifest: { clock: refOf(manifest.record('clock')), ...frame } }
    }
    case 'pose_log': {
      const pose = row.has('pose') ? { pose: { writerMode: row.record('pose').oneOf('writer_mode', writerModes) } } : {}
      return { ...common, variant, ...pose, manifest: poseManifestOf(manifest) }
    }
    case 'time_transform_log':
      return { ...common, variant, manifest: timeTransformManifestOf(manifest) }
    case 'detection_log':
      return { ...common, variant, manifest: detectionManifestOf(manifest) }
    default:
      return assertNever(variant)
  }
}

function variantJson(row: ResourceEntry): JsonObject {
  switch (row.variant) {
    case 'sensor_log': {
      const { clock, frame } = row.manifest
      return {
        sensor: sensorJson(row.sensor),
        manifest: { clock: refJson(clock), ...(frame === undefined ? {} : { frame: refJson(frame) }) }
      }
    }
    case 'pose_log': {
      const pose = row.pose === undefined ? {} : { pose: { writer_mode: row.pose.writerMode } }
      return { ...pose, manifest: poseManifestJson(row.manifest) }
    }
    case 'time_transform_log': {
      const { fromClock, toClock, source } = row.manifest
      return { manifest: { from_clock: refJson(fromClock), to_clock: refJson(toClock), source: { kind: source.kind } } }
    }
    case 'detection_log': {
      const { detector, inputLog, inputSensor, clock } = row.manifest
      const log = { source_peer_id: inputLog.sourcePeerId, resource_id: inputLog.resourceId }
      return { manifest: { detector: refJson(detector), input_log: log, input_sensor: refJson(inputSensor), clock: refJson(clock) } }
    }
    default:
      return assertNever(row)
  }
}

function poseManifestJson(manifest: PoseLogEntry['manifest']): JsonObject {
  const { source } = manifest
  return {
    from_frame: refJson(manifest.fromFrame),
    to_frame: refJson(manifest.toFrame),
    clock: refJson(manifest.clock),
    source: source.kind === 'ros2_tf' ? { kind: source.kind, publishers: [...source.publishers] } : { kind: source.kind },
    expected_rate_hz: manifest.expectedRateHz
  }
}

function poseManifestOf(manifest: JsonRecord): PoseLogEntry['manifest'] {
  return {
    fromFrame: refOf(manifest.record('from_frame')),
    toFrame: refOf(manifest.record('to_frame')),
    clock: refOf(manifest.record('clock')),
    source: poseSourceOf(manifest.record('source')),
    expectedRateHz: manifest.u32('expected_rate_hz')
  }
}

function poseSourceOf(source: JsonRecord): PoseSource {
  const kind = source.oneOf('kind', ['ros2_tf', 'manual'])
  return kind === 'ros2_tf' ? { kind, publishers: source.strings('publishers') } : { kind }
}

function timeTransformManifestOf(manifest: JsonRecord): { fromClock: RegistryRef; toClock: RegistryRef; source: TimeTransformSource } {
  const source = { kind: manifest.record('source').oneOf('kind', ['local_clock_read']) }
  return { fromClock: refOf(manifest.record('from_clock')), toClock: refOf(manifest.record('to_clock')), source }
}

function detectionManifestOf(manifest: JsonRecord): {
  detector: RegistryRef
  inputLog: LogRef
  inputSensor: RegistryRef
  clock: RegistryRef
} {
  const log = manifest.record('input_log')
  return {
    detector: refOf(manifest.record('detector')),
    inputLog: { sourcePeerId: idOf(log, 'source_peer_id'), resourceId: idOf(log, 'resource_id') },
    inputSensor: refOf(manifest.record('input_sensor')),
    clock: refOf(manifest.record('clock'))
  }
}

function headJson(head: LogHead): JsonObject {
  return head.kind === 'rolling'
    ? { kind: head.kind, retention_ns: head.retentionNs }
    : { kind: head.kind, started_at_ns: head.startedAtNs }
}

function headOf(head: JsonRecord): LogHead {
  const kind = head.oneOf('kind', ['rolling', 'fixed'])
  return kind === 'rolling' ? { kind, retentionNs: head.i64('retention_ns') } : { kind, startedAtNs: head.i64('started_at_ns') }
}

function extentOf(extent: JsonRecord): { startAtNs: bigint; finishAtNs: bigint } {
  return { startAtNs: extent.i64('start_at_ns'), finishAtNs: extent.i64('finish_at_ns') }
}

function sensorJson(sensor: SensorSummary): JsonObject {
  return { kind: sensor.kind, type: sensor.type, sensor_id: sensor.sensorId, sensor_hash: sensor.sensorHash }
}

function sensorOf(sensor: JsonRecord): SensorSummary {
  return {
    kind: sensor.oneOf('kind', sensorKinds),
    type: sensor.string('type'),
    sensorId: idOf(sensor, 'sensor_id'),
    sensorHash: idOf(sensor, 'sensor_hash')
  }
}

function refJson(ref: RegistryRef): JsonObject {
  return { peer_id: ref.peerId, id: ref.id, hash: ref.hash }
}

function refOf(ref: JsonRecord): RegistryRef {
  return { peerId: idOf(ref, 'peer_id'), id: idOf(ref, 'id'), hash: idOf(ref, 'hash') }
}
