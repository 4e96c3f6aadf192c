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
