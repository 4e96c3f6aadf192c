/** Which of others' messages become entries of which logs. */
import { encodePayload, type PayloadInput } from '@auki/datatypes'
import type { PointDatatype, PointField } from '@auki/registry'
import { pixelBytes } from './camera.ts'
import type { ForeignSensor } from './foreign-log.ts'
import { bytesAt, listAt, numberAt, pathOf, textAt } from './foreign-messages.ts'
import { imageSize } from './image-size.ts'

/** An entry, and what a log of such entries is. */
export type ForeignEntry =
  | { readonly variant: 'sensor'; readonly frame: string; readonly body: ForeignSensor; readonly bytes: Uint8Array }
  | { readonly variant: 'pose'; readonly from: string; readonly to: string; readonly bytes: Uint8Array }

/** @param topic - names what the message does not. */
export type Convert = (message: object, topic: string) => readonly ForeignEntry[]

const frameOf = (message: unknown): string => textAt(message, 'frame_id') || textAt(message, 'header.frame_id')

const camera = {
  kind: 'camera',
  type: 'rgb',
  frameRateHz: 0,
  colorSpace: 'srgb',
  intrinsicsModel: 'none',
  distortionModel: 'none'
} as const

const compressed: Convert = (message) => {
  const frame = bytesAt(message, 'data')
  const format = textAt(message, 'format').toLowerCase()
  const pixelFormat = ['jpeg', 'jpg', 'png', 'webp', 'avif', 'h264', 'h265', 'vp9', 'av1'].find((known) => format.includes(known)) ?? format
  const body = { ...camera, ...imageSize(frame), pixelFormat: pixelFormat === 'jpg' ? 'jpeg' : pixelFormat }
  return [{ variant: 'sensor', frame: frameOf(message), body, bytes: encodePayload('camera', { frame }) }]
}

const rawImage: Convert = (message) => {
  const [width, height, step] = ['width', 'height', 'step'].map((name) => numberAt(message, name)) as [number, number, number]
  const pixelFormat = textAt(message, 'encoding')
  const rowBytes = width * (pixelBytes[pixelFormat] ?? 0)
  const data = bytesAt(message, 'data')
  const frame = rowBytes > 0 && step > rowBytes ? rows(data, { rowBytes, step, height }) : data
  const body = { ...camera, width, height, pixelFormat }
  return [{ variant: 'sensor', frame: frameOf(message), body, bytes: encodePayload('camera', { frame }) }]
}

/** Rows without what fills them up. */
function rows(data: Uint8Array, { rowBytes, step, height }: { rowBytes: number; step: number; height: number }): Uint8Array {
  if (data.length < step * (height - 1) + rowBytes) throw new RangeError('an image is cut')
  const packed = new Uint8Array(rowBytes * height)
  for (let row = 0; row < height; row += 1) packed.set(data.subarray(row * step, row * step + rowBytes), row * rowBytes)
  return packed
}

const foxgloveTypes: readonly (PointDatatype | undefined)[] = [
  undefined,
  'uint8',
  'int8',
  'uint16',
  'int16',
  'uint32',
  'int32',
  'float32',
  'float64'
]
const rosTypes: readonly (PointDatatype | undefined)[] = [
  undefined,
  'int8',
  'uint8',
  'int16',
  'uint16',
  'int32',
  'uint32',
  'float32',
  'float64'
]

function fieldsOf(message: object, types: readonly (PointDatatype | undefined)[], typeName: string): PointField[] {
  return listAt(message, 'fields').map((field) => {
    const datatype = types[numberAt(field, typeName)]
    if (datatype === undefined) throw new TypeError('a point field has no known type')
    return { name: textAt(field, 'name'), offset: numberAt(field, 'offset'), datatype, count: Math.max(1, numberAt(field, 'count')) }
  })
}

const lidar = { kind: 'rangefinder', type: 'point_cloud', frameRateHz: 0 } as const

const foxgloveCloud: Convert = (message) => {
  const fields = fieldsOf(message, foxgloveTypes, 'type')
  const body = { ...lidar, fields, pointStep: numberAt(message, 'point_stride'), isBigendian: false }
  return [{ variant: 'sensor', frame: frameOf(message), body, bytes: encodePayload('point_cloud', { data: bytesAt(message, 'data') }) }]
}

const rosCloud: Convert = (message) => {
  const [pointStep, width, height, step] = ['point_step', 'width', 'height', 'row_step'].map((name) => numberAt(message, name)) as [
    number,
    number,
    number,
    number
  ]
  const data = bytesAt(message, 'data')
  const rowBytes = pointStep * width
  const packed = step > rowBytes ? rows(data, { rowBytes, step, height }) : data
  const body = {
    ...lidar,
    fields: fieldsOf(message, rosTypes, 'datatype'),
    pointStep,
    isBigendian: pathOf(message, 'is_bigendian') === true
  }
  return [{ variant: 'sensor', frame: frameOf(message), body, bytes: encodePayload('point_cloud', { data: packed }) }]
}

const vector = (message: unknown, path: string) => {
  const [x, y, z] = ['x', 'y', 'z'].map((axis) => numberAt(message, `${path}.${axis}`)) as [number, number, number]
  return { x, y, z }
}

/** A rotation that is not there is none. */
function rotation(message: unknown, path: string): { x: number; y: number; z: number; w: number } {
  const { x, y, z } = vector(message, path)
  const w = numberAt(message, `${path}.w`)
  return x === 0 && y === 0 && z === 0 && w === 0 ? { x, y, z, w: 1 } : { x, y, z, w }
}

function poseEntry(from: string, to: string, pose: PayloadInput<'pose'>): readonly ForeignEntry[] {
  return [{ variant: 'pose', from, to, bytes: encodePayload('pose', pose) }]
}

const foxgloveTransform: Convert = (message) =>
  poseEntry(textAt(message, 'parent_frame_id'), textAt(message, 'child_frame_id'), {
    translation: vector(message, 'translation'),
    orientation: rotation(message, 'rotation')
  })

const rosTransform: Convert = (message) =>
  poseEntry(frameOf(message), textAt(message, 'child_frame_id'), {
    translation: vector(message, 'transform.translation'),
    orientation: rotation(message, 'transform.rotation')
  })

const each =
  (convert: Convert): Convert =>
  (message, topic) =>
    listAt(message, 'transforms').flatMap((one) => convert(one as object, topic))

/** A pose of what the topic is named after, where the message does not name it. */
const poseAt =
  (path: string): Convert =>
  (message, topic) =>
    poseEntry(frameOf(message), textAt(message, 'child_frame_id') || topic, {
      translation: vector(message, `${path}.position`),
      orientation: rotation(message, `${path}.orientation`)
    })

function joints(anglesRad: readonly unknown[]): readonly ForeignEntry[] {
  if (!anglesRad.every((angle) => typeof angle === 'number')) throw new TypeError('a position of a joint is no number')
  const body = { kind: 'joint_encoders', type: 'absolute', jointCount: anglesRad.length, frameRateHz: 0 } as const
  return [{ variant: 'sensor', frame: '', body, bytes: encodePayload('joint_encoders', { anglesRad: [...anglesRad] as number[] }) }]
}

/** By the name of a schema. */
export const conversions: Readonly<Record<string, Convert>> = {
  'foxglove.CompressedImage': compressed,
  'foxglove.CompressedVideo': compressed,
  'foxglove.RawImage': rawImage,
  'foxglove.PointCloud': foxgloveCloud,
  'foxglove.FrameTransform': foxgloveTransform,
  'foxglove.FrameTransforms': each(foxgloveTransform),
  'foxglove.PoseInFrame': poseAt('pose'),
  'foxglove.JointStates': (message) => joints(listAt(message, 'joints').map((joint) => numberAt(joint, 'position'))),
  'sensor_msgs/msg/Image': rawImage,
  'sensor_msgs/msg/CompressedImage': compressed,
  'sensor_msgs/msg/PointCloud2': rosCloud,
  'sensor_msgs/msg/JointState': (message) => joints(listAt(message, 'position')),
  'tf2_msgs/msg/TFMessage': each(rosTransform),
  'geometry_msgs/msg/TransformStamped': rosTransform,
  'geometry_msgs/msg/PoseStamped': poseAt('pose'),
  'geometry_msgs/msg/PoseWithCovarianceStamped': poseAt('pose.pose'),
  'nav_msgs/msg/Odometry': poseAt('pose.pose')
}
