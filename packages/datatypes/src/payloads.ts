/**
 * What the entries of a log hold. The timestamp is outside; the bytes in a log and on a stream are the same.
 *
 * The types are plain objects: write them as literals, read them without knowing protobuf.
 */

/** One image; how `frame` is encoded is in the sensor's registry entry. */
export interface CameraFrame {
  /** Only from cameras whose intrinsics change from frame to frame. */
  dynamicIntrinsics?: DynamicIntrinsics
  /** The picture's bytes. */
  frame: Uint8Array
}

/** Pinhole intrinsics in pixels, and the distortion coefficients of the sensor's model. */
export interface DynamicIntrinsics {
  /** Focal length along x. */
  fx: number
  /** Focal length along y. */
  fy: number
  /** Principal point, x. */
  cx: number
  /** Principal point, y. */
  cy: number
  /** As many, and in the order, as the model wants. */
  distortionCoefficients: number[]
}

/** Points, laid out as the rangefinder's registry entry says. */
export interface PointCloudData {
  data: Uint8Array
}

/** Interleaved samples in the format of the sensor's registry entry. */
export interface AudioData {
  data: Uint8Array
}

/** Radians as 32-bit floats, as many as the entry's joint count, in its order. */
export interface JointEncodersData {
  /** One for each joint. */
  anglesRad: number[]
}

/** What a detector found; `data` is laid out as its output type says. */
export interface DetectionFrame {
  data: Uint8Array
  /** Hash of the input sensor's entry; may be empty. */
  sensorHash: string
  /** Open string, for instance `aruco`; may be empty. */
  type: string
}

/** Metres. */
export interface Vec3 {
  x: number
  y: number
  z: number
}

/** Hamilton quaternion; nobody normalises it on the way. */
export interface Quat {
  x: number
  y: number
  z: number
  w: number
}

/** The pose of one frame in another. */
export interface SpatialTransform {
  /** Zero when the message has none. */
  translation: Vec3
  /** Identity when the message has none. */
  orientation: Quat
}

/** How two clocks relate at the instant of the entry. */
export interface TimeTransformEntry {
  /** To minus from, ns (i64). */
  offsetNs: bigint
  /** ns (u32). */
  uncertaintyNs: number
}

interface Payloads {
  camera: CameraFrame
  point_cloud: PointCloudData
  audio: AudioData
  joint_encoders: JointEncodersData
  detection: DetectionFrame
  pose: SpatialTransform
  time_transform: TimeTransformEntry
  bytes: Uint8Array
}

/** The closed set of payload messages; `bytes` is no message but the raw bytes. */
export type PayloadKind = keyof Payloads

/** What {@link decodePayload} returns for a kind: the whole message; a `Uint8Array` for `bytes`. */
export type PayloadOf<K extends PayloadKind> = Payloads[K]

/** What {@link encodePayload} takes for a kind: the message, fields with their default value may be left out; or bytes that already are one. */
export type PayloadInput<K extends PayloadKind> = Uint8Array | (K extends 'bytes' ? never : Partial<Payloads[K]>)

/** Every {@link PayloadKind}. */
export const payloadKinds = [
  'camera',
  'point_cloud',
  'audio',
  'joint_encoders',
  'detection',
  'pose',
  'time_transform',
  'bytes'
] as const satisfies PayloadKind[]
