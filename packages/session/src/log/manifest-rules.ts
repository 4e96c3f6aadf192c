import { type RegistryRef, snakeCase } from '@auki/registry'
import type { LogRef, ResourceVariant } from '../resource-entry.ts'
import type { LogManifest } from './manifest.ts'
import { encodeManifest, invalidManifest } from './manifest-codec.ts'

const strings = ['sourcePeerId', 'writerPeerId', 'appId', 'sessionId'] as const
const refs: Readonly<Record<ResourceVariant, readonly string[]>> = {
  sensor_log: ['sensor', 'clock', 'frame'],
  pose_log: ['fromFrame', 'toFrame', 'clock'],
  time_transform_log: ['fromClock', 'toClock'],
  detection_log: ['detector', 'inputLog', 'inputSensor', 'clock']
}

/**
 * Every string and every member of every reference has to say something, and the durations have to make sense. The first failure is reported:
 * strings, then references, then numbers.
 *
 * @throws SessionError `invalid-manifest` with `details.field` (snake_case, like `sensor.id`) and `details.reason`.
 */
export function validateManifest(manifest: LogManifest): void {
  for (const name of strings) needText(name, manifest[name])
  for (const name of refs[manifest.variant]) {
    const ref = (manifest as unknown as Record<string, RegistryRef | LogRef | undefined>)[name]
    for (const [member, text] of membersOf(ref)) needText(`${name}.${member}`, text)
  }
  if (manifest.segmentDurationNs <= 0n) throw invalidManifest('segment_duration_ns', 'must be greater than zero')
  if (manifest.retentionNs < 0n) throw invalidManifest('retention_ns', 'must be greater than or equal to zero')
  encodeManifest(manifest)
}

function membersOf(ref: RegistryRef | LogRef | undefined): [string, string][] {
  if (ref === undefined) return []
  if ('resourceId' in ref) return Object.entries({ sourcePeerId: ref.sourcePeerId, resourceId: ref.resourceId })
  return Object.entries({ peerId: ref.peerId, id: ref.id, hash: ref.hash })
}

function needText(name: string, text: string): void {
  if (text === '') throw invalidManifest(snakeCase(name), 'must not be empty')
}
