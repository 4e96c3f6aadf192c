/** The JSON schemas of recorded messages: Foxglove's where there is one, so that it can show them, and our own for the rest. */
import {
  CameraCalibration,
  CompressedImage,
  CompressedVideo,
  FrameTransform,
  JointStates,
  PointCloud,
  RawAudio,
  RawImage
} from '@foxglove/schemas/jsonschema.js'

const timestamp = CompressedImage.properties.timestamp
const data = CompressedImage.properties.data

function own<T extends object>(title: string, description: string, properties: T) {
  return { title, description, type: 'object', properties, required: Object.keys(properties) }
}

/** Every schema, by its name. */
export const schemas = {
  'foxglove.CameraCalibration': CameraCalibration,
  'foxglove.CompressedImage': CompressedImage,
  'foxglove.CompressedVideo': CompressedVideo,
  'foxglove.FrameTransform': FrameTransform,
  'foxglove.JointStates': JointStates,
  'foxglove.PointCloud': PointCloud,
  'foxglove.RawAudio': RawAudio,
  'foxglove.RawImage': RawImage,
  'auki.Bytes': own('auki.Bytes', 'An entry as it is.', { timestamp, data: { ...data, description: "The entry's bytes" } }),
  'auki.Detection': own('auki.Detection', 'What a detector found.', {
    timestamp,
    data: { ...data, description: 'Laid out as the type says' },
    sensor_hash: { type: 'string', description: "Hash of the input sensor's registry entry; may be empty" },
    type: { type: 'string', description: 'Type of the detection; may be empty' }
  }),
  'auki.TimeTransform': own('auki.TimeTransform', 'How two clocks relate at an instant.', {
    timestamp,
    offset_ns: { type: 'string', pattern: '^-?\\d+$', description: 'To minus from, in ns' },
    offset_s: { type: 'number', description: 'The same in seconds, rounded' },
    uncertainty_ns: { type: 'integer', minimum: 0, description: 'How far off the offset may be, in ns' }
  })
}

export type SchemaName = keyof typeof schemas
