/** Payload messages: the fields in wire spelling against the bytes, both ways, and the hash of the bytes. */
import assert from 'node:assert/strict'
import { contentHash, type Json } from '@auki/canonical'
import { decodePayload, encodePayload, type PayloadInput, type PayloadKind, type PayloadOf } from '@auki/datatypes'
import type { VectorCheck } from './runner.ts'
import { bytesOf, camelCased, hexOf } from './wire-fields.ts'

const kindOfMessage: { readonly [message: string]: PayloadKind } = {
  'auki.camera.CameraFrame': 'camera',
  'auki.point_cloud.Data': 'point_cloud',
  'auki.audio.Data': 'audio',
  'auki.joint_encoders.Data': 'joint_encoders',
  'auki.detection.DetectionFrame': 'detection',
  'auki.pose.SpatialTransform': 'pose',
  'auki.time_transform.TimeTransformEntry': 'time_transform'
}

/** What a message reads as where it leaves a field out. */
const defaults: { readonly [K in PayloadKind]: PayloadOf<K> } = {
  camera: { frame: new Uint8Array(0) },
  point_cloud: { data: new Uint8Array(0) },
  audio: { data: new Uint8Array(0) },
  joint_encoders: { anglesRad: [] },
  detection: { data: new Uint8Array(0), sensorHash: '', type: '' },
  pose: { translation: { x: 0, y: 0, z: 0 }, orientation: { x: 0, y: 0, z: 0, w: 1 } },
  time_transform: { offsetNs: 0n, uncertaintyNs: 0 },
  bytes: new Uint8Array(0)
}

/** Checks of the kinds `payload` and `payload_size`. */
export const checks: Record<string, VectorCheck> = {
  payload: ({ input, expected }) => {
    const kind = kindOf(input['message'])
    const fields = fieldsOf(input['fields'])
    assert.equal(hexOf(encodePayload(kind, fields as PayloadInput<typeof kind>)), expected['bytes'])
    const bytes = bytesOf(expected['bytes'])
    assert.deepEqual(decodePayload(kind, bytes), { ...defaults[kind], ...fields })
    assert.equal(contentHash(bytes), expected['hash'])
  },
  payload_size: ({ input, expected }) => {
    const data = new Uint8Array(Number(input['data_bytes']))
    const bytes = encodePayload(kindOf(input['message']), { data })
    assert.equal(bytes.length, expected['encoded_bytes'])
    assert.deepEqual(decodePayload(kindOf(input['message']), bytes), { data })
  }
}

function kindOf(message: Json | undefined): PayloadKind {
  const kind = kindOfMessage[String(message)]
  assert(kind !== undefined, `no payload kind has the message ${message}`)
  return kind
}

/** `{ offset_ns: '5', data: '00ff' }` → `{ offsetNs: 5n, data: Uint8Array }`. */
function fieldsOf(json: Json | undefined): Record<string, unknown> {
  return camelCased(json, (key, value) => {
    if (key === 'frame' || key === 'data') return bytesOf(value)
    return key === 'offset_ns' ? BigInt(value as string) : value
  })
}
