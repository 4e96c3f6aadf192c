import { reasonOf } from '@auki/canonical'
import type { DescMessage, MessageInitShape, MessageShape } from '@bufbuild/protobuf'
import { PayloadError } from './errors.ts'
import { DataSchema as AudioSchema } from './gen/auki/audio_pb.ts'
import { CameraFrameSchema } from './gen/auki/camera_pb.ts'
import { DetectionFrameSchema } from './gen/auki/detection_pb.ts'
import { DataSchema as JointEncodersSchema } from './gen/auki/joint_encoders_pb.ts'
import { DataSchema as PointCloudSchema } from './gen/auki/point_cloud_pb.ts'
import { SpatialTransformSchema } from './gen/auki/pose_pb.ts'
import { TimeTransformEntrySchema } from './gen/auki/time_transform_pb.ts'
import { readMessage, writeMessage } from './messages.ts'
import type { PayloadInput, PayloadKind, PayloadOf } from './payloads.ts'

interface Codec<K extends PayloadKind> {
  encode(payload: Exclude<PayloadInput<K>, Uint8Array>): Uint8Array
  decode(bytes: Uint8Array): PayloadOf<K>
}

// `plain` takes the library's bookkeeping off a message and fills in what the message may leave out.
function codec<D extends DescMessage, T>(schema: D, plain: (message: MessageShape<D>) => T) {
  return {
    encode: (payload: MessageInitShape<D>) => writeMessage(schema, payload),
    decode: (bytes: Uint8Array) => plain(readMessage(schema, bytes))
  }
}

const codecs: { readonly [K in Exclude<PayloadKind, 'bytes'>]: Codec<K> } = {
  camera: codec(CameraFrameSchema, ({ dynamicIntrinsics, frame }) => {
    if (dynamicIntrinsics === undefined) return { frame }
    const { fx, fy, cx, cy, distortionCoefficients } = dynamicIntrinsics
    return { dynamicIntrinsics: { fx, fy, cx, cy, distortionCoefficients }, frame }
  }),
  point_cloud: codec(PointCloudSchema, ({ data }) => ({ data })),
  audio: codec(AudioSchema, ({ data }) => ({ data })),
  joint_encoders: codec(JointEncodersSchema, ({ anglesRad }) => ({ anglesRad })),
  detection: codec(DetectionFrameSchema, ({ data, sensorHash, type }) => ({ data, sensorHash, type })),
  pose: codec(SpatialTransformSchema, ({ translation, orientation }) => {
    const { x, y, z } = translation ?? { x: 0, y: 0, z: 0 }
    const q = orientation ?? { x: 0, y: 0, z: 0, w: 1 }
    return { translation: { x, y, z }, orientation: { x: q.x, y: q.y, z: q.z, w: q.w } }
  }),
  time_transform: codec(TimeTransformEntrySchema, ({ offsetNs, uncertaintyNs }) => ({ offsetNs, uncertaintyNs }))
}

/**
 * The bytes of a payload; a `Uint8Array` is taken as already encoded and returned as it is.
 *
 * @throws PayloadError 'encode' when a value does not fit its field.
 */
export function encodePayload<K extends PayloadKind>(kind: K, payload: PayloadInput<K>): Uint8Array {
  if (payload instanceof Uint8Array) return payload
  try {
    return codecOf(kind).encode(payload as Exclude<PayloadInput<K>, Uint8Array>)
  } catch (cause) {
    throw new PayloadError(
      'encode',
      `cannot encode a ${kind} payload: ${reasonOf(cause)}; check the types and ranges of its fields`,
      { kind },
      { cause }
    )
  }
}

/**
 * The payload in `bytes`; its byte fields are views into them, not copies.
 *
 * @throws PayloadError 'decode', and nothing else, whatever the bytes.
 */
export function decodePayload<K extends PayloadKind>(kind: K, bytes: Uint8Array): PayloadOf<K> {
  if (kind === 'bytes') return bytes as PayloadOf<K>
  try {
    return codecOf(kind).decode(bytes)
  } catch (cause) {
    const details = { kind, bytes: bytes.length }
    const what = `${bytes.length} bytes are not a ${kind} payload: ${reasonOf(cause)}`
    throw new PayloadError('decode', `${what}; check that the log's registry entry is the one it was written with`, details, { cause })
  }
}

function codecOf<K extends PayloadKind>(kind: K): Codec<K> {
  const found = (codecs as { readonly [kind: string]: unknown })[kind] as Codec<K> | undefined
  if (found === undefined) throw new TypeError(`${kind} payloads are plain bytes, or the kind is unknown`)
  return found
}
