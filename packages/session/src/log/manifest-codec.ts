/** Manifests and sources as canonical JSON text and back. */
import { contentHash, parseJson, reasonOf } from '@auki/canonical'
import { bytesOf, fromWire, refSchema, ShapeError, toWire, u32 } from '@auki/registry'
import * as z from 'zod'
import { LogError, SessionError } from '../errors.ts'
import type { PoseSource, ResourceVariant, TimeTransformSource } from '../resource-entry.ts'
import type { LogManifest } from './manifest.ts'

const poseSource = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('ros2_tf'), publishers: z.array(z.string()) }),
  z.object({ kind: z.literal('manual') })
])
const timeTransformSource = z.object({ kind: z.literal('local_clock_read') })

const common = {
  source_peer_id: z.string(),
  writer_peer_id: z.string(),
  app_id: z.string(),
  session_id: z.string(),
  segment_duration_ns: z.int64(),
  retention_ns: z.int64()
}

const schemas = {
  sensor_log: z.object({ ...common, sensor: refSchema, clock: refSchema, frame: refSchema.exactOptional() }),
  pose_log: z.object({
    ...common,
    from_frame: refSchema,
    to_frame: refSchema,
    clock: refSchema,
    source: poseSource,
    writer_mode: z.enum(['rigid', 'movable']),
    expected_rate_hz: u32
  }),
  time_transform_log: z.object({ ...common, from_clock: refSchema, to_clock: refSchema, source: timeTransformSource }),
  detection_log: z.object({
    ...common,
    detector: refSchema,
    input_log: z.object({ source_peer_id: z.string(), resource_id: z.string() }),
    input_sensor: refSchema,
    clock: refSchema
  })
}

// The key that only this kind of log has.
const telltale: Readonly<Record<string, ResourceVariant>> = {
  sensor: 'sensor_log',
  from_frame: 'pose_log',
  from_clock: 'time_transform_log',
  detector: 'detection_log'
}

/** Decode a manifest of any kind; whether its values are valid is another question. @throws LogError `manifest`. */
export function decodeManifest(text: string): LogManifest {
  try {
    const variant = variantOf(text)
    return { variant, ...fromWire(schemas[variant], text) } as LogManifest
  } catch (cause) {
    throw new LogError('manifest', `manifest: ${reasonOf(cause)}`, {}, { cause })
  }
}

function variantOf(text: string): ResourceVariant {
  const json = parseJson(text)
  const key = Object.keys(telltale).find((key) => json !== null && typeof json === 'object' && Object.hasOwn(json, key))
  if (key === undefined) throw new TypeError(`it has none of ${Object.keys(telltale).join(', ')}`)
  return telltale[key]!
}

/** The canonical JSON text of a manifest. @throws SessionError `invalid-manifest` when a member is of the wrong type or out of range. */
export function encodeManifest(manifest: LogManifest): string {
  try {
    return toWire(schemas[manifest.variant], manifest as never)
  } catch (cause) {
    const [field, reason] = cause instanceof ShapeError ? [cause.field, cause.reason] : ['', reasonOf(cause)]
    throw invalidManifest(field, reason, { cause })
  }
}

export function invalidManifest(field: string, reason: string, options?: ErrorOptions): SessionError {
  return new SessionError('invalid-manifest', `invalid manifest field \`${field}\`: ${reason}`, { field, reason }, options)
}

/** The canonical JSON text of where a log's data come from; publishers are sorted. */
export function encodeSource(source: PoseSource | TimeTransformSource): string {
  return source.kind === 'local_clock_read' ? toWire(timeTransformSource, source) : toWire(poseSource, sortedSource(source))
}

/** The content hash of a source: 32 lower-case hex digits. */
export function sourceHash(source: PoseSource | TimeTransformSource): string {
  return contentHash(bytesOf(encodeSource(source)))
}

/** The source with its publishers in order, so that the same ones give the same hash. */
export function sortedSource(source: PoseSource): PoseSource {
  return source.kind === 'ros2_tf' ? { kind: 'ros2_tf', publishers: [...source.publishers].sort() } : source
}
