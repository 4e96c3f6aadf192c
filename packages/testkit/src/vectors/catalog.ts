/** Checks of the catalog vectors: rows and their parts, manifests, log paths, retention. */
import assert from 'node:assert/strict'
import { canonicalText, contentHash, type Json, parseJson } from '@auki/canonical'
import { resources } from '@auki/network/protocols'
import { bytesOf } from '@auki/registry'
import {
  decodeManifest,
  encodeManifest,
  logDirectory,
  manifestPath,
  remainingSegments,
  resourceIdOf,
  segmentStart,
  validateManifest
} from '@auki/session'
import { answer, refusal } from './registry.ts'
import type { VectorCheck } from './runner.ts'

export const checks: Readonly<Record<string, VectorCheck>> = {
  catalog_row({ input, expected }) {
    const text = canonicalText(recoded(wire(input['json_text'])))
    assert.equal(text, expected['canonical'])
    assert.equal(contentHash(bytesOf(text)), expected['hash'])
  },

  catalog_part({ input, expected }) {
    const part = wire(input['json_text'])
    const key = placeOf(part)
    const row = { ...rowOf(key === 'pose' ? 'pose_log' : 'sensor_log'), [key]: part }
    assert.equal(canonicalText(recoded(row)[key]!), expected['canonical'])
  },

  variant({ input, expected }) {
    const refused = refusal(() => recoded(rowOf(input['variant'] as string)))
    assert.equal(refused === undefined, expected['accepted'])
  },

  log_manifest({ input, expected }) {
    const manifest = decodeManifest(input['json_text'] as string)
    validateManifest(manifest)
    const text = encodeManifest(manifest)
    assert.equal(text, expected['canonical'])
    assert.equal(contentHash(bytesOf(text)), expected['hash'])
    const resourceId = resourceIdOf(manifest)
    assert.equal(resourceId, expected['resource_id'])
    assert.equal(manifestPath(logDirectory({ sourcePeerId: manifest.sourcePeerId, resourceId })), expected['path'])
  },

  manifest_validation({ input, expected }) {
    const manifest = decodeManifest(input['json_text'] as string)
    assert.equal(manifest.variant, input['log_kind'])
    const refused = refusal(() => validateManifest(manifest))
    assert.deepEqual({ error: refused?.details, message: refused?.message }, expected)
  },

  log_path({ input, expected }) {
    const ref = { sourcePeerId: input['source_peer_id'] as string, resourceId: input['resource_id'] as string }
    answer(expected, 'path', () => logDirectory(ref))
  },

  retention({ input, expected }) {
    const segmentDurationNs = BigInt(input['segment_duration_ns'] as string)
    let starts: readonly bigint[] = []
    const append = (timestamps: Json | undefined, retention: Json | undefined) => {
      for (const text of (timestamps ?? []) as string[]) {
        const timestampNs = BigInt(text)
        const start = segmentStart(timestampNs, segmentDurationNs)
        if (starts.at(-1) !== start) starts = [...starts, start]
        starts = remainingSegments(starts, { segmentDurationNs, retentionNs: BigInt(retention as string), timestampNs })
      }
    }
    append(input['append_at_ns'], input['retention_ns'])
    append(input['then_append_at_ns'], input['then_set_retention_ns'])
    assert.deepEqual(starts.map(String), expected['segment_starts_ns'])
  }
}

type JsonObject = { [key: string]: Json }

function wire(text: Json | undefined): JsonObject {
  return parseJson(text as string, { integers: 'bigint' }) as JsonObject
}

function recoded(row: JsonObject): JsonObject {
  return resources.encodeRow(resources.decodeRow(row))
}

// A part has no name of its own: where it belongs shows by a key only it has.
function placeOf(part: JsonObject): string {
  const places = {
    retention_ns: 'head',
    started_at_ns: 'head',
    start_at_ns: 'extent',
    bytes: 'available',
    sensor_id: 'sensor',
    writer_mode: 'pose'
  }
  return Object.entries(places).find(([key]) => key in part)?.[1] ?? assert.fail('the part belongs nowhere')
}

// A row whose manifest has what each variant asks for.
function rowOf(variant: string): JsonObject {
  const ref = { peer_id: 'p', id: 'i', hash: '0'.repeat(32) }
  const frames = { from_frame: ref, to_frame: ref, expected_rate_hz: 0n }
  const clocks = { clock: ref, from_clock: ref, to_clock: ref }
  const detection = { detector: ref, input_sensor: ref, input_log: { source_peer_id: 'p', resource_id: 'r' } }
  const source = { kind: variant === 'time_transform_log' ? 'local_clock_read' : 'manual' }
  return {
    ...{ source_peer_id: 'p', writer_peer_id: 'p', resource_id: 'r', state: 'live', variant },
    available: { bytes: 0n, entries: 0n, duration_ns: 0n },
    ...(variant === 'sensor_log' && { sensor: { kind: 'camera', type: 'rgb', sensor_id: 's', sensor_hash: ref.hash } }),
    manifest: { ...frames, ...clocks, ...detection, source }
  }
}
