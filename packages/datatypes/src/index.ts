/**
 * # @auki/datatypes
 *
 * What the entries of logs and streams hold: plain objects here, protobuf messages on disk and on the wire.
 *
 * ```ts
 * const bytes = encodePayload('pose', { translation: { x: 1, y: 0, z: 0 } }) // fields with their default may be left out
 * const { translation, orientation } = decodePayload('pose', bytes)
 * console.log(translation.x, orientation.w) // 1 1
 * ```
 *
 * Where to read on: `payloads.ts` (the types), `codec.ts` (to bytes and back), `messages.ts` (what hostile bytes are refused for). `gen/` is generated from
 * the `.proto` files by `npm run generate`; `protobuf.ts` has what the codecs of wire protocols need of it.
 *
 * @packageDocumentation
 */
export { decodePayload, encodePayload } from './codec.ts'
export { PayloadError } from './errors.ts'
export {
  type AudioData,
  type CameraFrame,
  type DetectionFrame,
  type DynamicIntrinsics,
  type JointEncodersData,
  type PayloadInput,
  type PayloadKind,
  type PayloadOf,
  type PointCloudData,
  payloadKinds,
  type Quat,
  type SpatialTransform,
  type TimeTransformEntry,
  type Vec3
} from './payloads.ts'
export type { ReadFrom } from './read-from.ts'
