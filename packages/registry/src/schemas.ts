/** The wire shape of the four kinds of entry: one flat object, ids and body side by side; the hash is not inside. */
import * as z from 'zod'
import { refSchema, u32 } from './wire.ts'

const sensorIds = { peer_id: z.string(), sensor_id: z.string(), type: z.string(), frame: refSchema }

const pointField = z.object({
  name: z.string(),
  offset: u32,
  datatype: z.enum(['int8', 'uint8', 'int16', 'uint16', 'int32', 'uint32', 'float32', 'float64']),
  count: u32
})

const sensor = z.discriminatedUnion('kind', [
  z.object({
    ...sensorIds,
    kind: z.literal('camera'),
    width: u32,
    height: u32,
    frame_rate_hz: u32,
    pixel_format: z.string(),
    color_space: z.string(),
    intrinsics_model: z.string(),
    distortion_model: z.string()
  }),
  z.object({
    ...sensorIds,
    kind: z.literal('rangefinder'),
    fields: z.array(pointField),
    point_step: u32,
    is_bigendian: z.boolean(),
    frame_rate_hz: u32
  }),
  z.object({ ...sensorIds, kind: z.literal('rf') }),
  z.object({
    ...sensorIds,
    kind: z.literal('audio'),
    sample_rate_hz: u32,
    channels: u32,
    sample_format: z.string(),
    channel_layout: z.string()
  }),
  z.object({ ...sensorIds, kind: z.literal('joint_encoders'), joint_count: u32, frame_rate_hz: u32 })
])

const clock = z.object({
  peer_id: z.string(),
  session_id: z.string(),
  clock_id: z.string(),
  type: z.enum(['monotonic_clock', 'utc_clock']),
  unit: z.string(),
  monotonic: z.boolean(),
  // Always written, also as null; a reader takes a missing one for null.
  epoch: z.nullable(z.string()).default(null),
  scope: z.enum(['device-local', 'domain-local', 'global'])
})

const axis = z.enum(['forward', 'backward', 'up', 'down', 'left', 'right'])

const frame = z.object({
  peer_id: z.string(),
  frame_id: z.string(),
  handedness: z.enum(['right', 'left']),
  axes: z.object({ x: axis, y: axis, z: axis }),
  units: z.enum(['meters', 'millimeters', 'centimeters'])
})

const detectorIds = { peer_id: z.string(), detector_id: z.string(), output_types: z.array(z.string()) }

const detector = z.discriminatedUnion('type', [
  z.object({ ...detectorIds, type: z.literal('aruco'), dictionary: z.string() }),
  z.object({ ...detectorIds, type: z.literal('qr') }),
  z.object({ ...detectorIds, type: z.literal('esl') }),
  z.object({ ...detectorIds, type: z.literal('object_detection'), model: z.string() })
])

export const entrySchemas = { sensor, clock, frame, detector }
