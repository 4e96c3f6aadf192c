import type { PointDatatype, SensorBody } from '@auki/registry'
import { pointFieldsMax } from '../settings.ts'
import type { MessageCodec } from './codecs.ts'
import { bytesOfText, textOfBytes } from './message.ts'

/** Foxglove's number for a type, and its bytes. */
const types: Readonly<Record<PointDatatype, readonly [type: number, bytes: number]>> = {
  uint8: [1, 1],
  int8: [2, 1],
  uint16: [3, 2],
  int16: [4, 2],
  uint32: [5, 4],
  int32: [6, 4],
  float32: [7, 4],
  float64: [8, 8]
}

const pose = { position: { x: 0, y: 0, z: 0 }, orientation: { x: 0, y: 0, z: 0, w: 1 } }

/** Undefined for points that are big-endian: Foxglove knows none. */
export function pointCloudCodec(sensor: SensorBody<'rangefinder'>, frame_id: string): MessageCodec<'point_cloud'> | undefined {
  const { isBigendian, pointStep: point_stride } = sensor
  const count = sensor.fields.reduce((sum, field) => sum + field.count, 0)
  if (isBigendian || point_stride === 0 || count > pointFieldsMax) return undefined
  const fields = sensor.fields.flatMap(({ name, offset, datatype, count }) => {
    const [type, bytes] = types[datatype]
    return Array.from({ length: count }, (_, at) => ({ name: count === 1 ? name : `${name}_${at}`, offset: offset + at * bytes, type }))
  })
  return {
    schema: 'foxglove.PointCloud',
    toMessages: ({ data }, timestamp) => {
      if (data.length % point_stride !== 0) throw new RangeError(`${data.length} bytes are no whole points of ${point_stride}`)
      return { entry: { timestamp, frame_id, pose, point_stride, fields, data: textOfBytes(data) } }
    },
    toPayload: ({ entry }) => ({ data: bytesOfText(entry['data']) })
  }
}
