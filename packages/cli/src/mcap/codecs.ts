/** Entries of logs as messages of MCAP channels, and back. What no schema can hold becomes `auki.Bytes`. */
import type { PayloadInput, PayloadKind, PayloadOf } from '@auki/datatypes'
import type { SensorBody } from '@auki/registry'
import { cameraCodec } from './camera.ts'
import { bytesOfText, type Message, type Stamp, textOfBytes } from './message.ts'
import { pointCloudCodec } from './point-cloud.ts'
import { frameName, kindOfRow, type RecordedLog, sensorOf } from './recorded-log.ts'
import type { SchemaName } from './schemas.ts'

/** The messages that one entry becomes: its own, and before it what else is said of it. */
export interface EntryMessages {
  readonly entry: Message
  /** Of cameras whose intrinsics change: theirs. */
  readonly calibration?: Message
}

/** Between the payloads of a log and the messages of its channel. Both directions throw for what does not fit. */
export interface MessageCodec<K extends PayloadKind> {
  readonly schema: SchemaName
  toMessages(payload: PayloadOf<K>, timestamp: Stamp): EntryMessages
  toPayload(messages: EntryMessages): PayloadInput<K>
}

/** A codec and the kind it is for. */
export type LogCodec = { [K in PayloadKind]: { readonly kind: K; readonly codec: MessageCodec<K> } }[PayloadKind]

export const bytesCodec: MessageCodec<'bytes'> = {
  schema: 'auki.Bytes',
  toMessages: (bytes, timestamp) => ({ entry: { timestamp, data: textOfBytes(bytes) } }),
  toPayload: ({ entry }) => bytesOfText(entry['data'])
}

/** Plain bytes, when there is nothing better. */
export function codecOf(log: RecordedLog): LogCodec {
  const { row } = log
  switch (row.variant) {
    case 'sensor_log':
      return sensorCodec(log) ?? { kind: 'bytes', codec: bytesCodec }
    case 'pose_log':
      return { kind: 'pose', codec: poseCodec(frameName(row.manifest.fromFrame), frameName(row.manifest.toFrame)) }
    case 'time_transform_log':
      return { kind: 'time_transform', codec: timeTransformCodec }
    case 'detection_log':
      return { kind: 'detection', codec: detectionCodec }
  }
}

function sensorCodec(log: RecordedLog): LogCodec | undefined {
  const sensor = sensorOf(log)
  if (sensor === undefined || log.row.variant !== 'sensor_log' || kindOfRow(log.row) === 'bytes') return undefined
  const frame = frameName(log.row.manifest.frame ?? sensor.frame)
  switch (sensor.kind) {
    case 'camera':
      return kinded('camera', cameraCodec(sensor, frame))
    case 'rangefinder':
      return kinded('point_cloud', pointCloudCodec(sensor, frame))
    case 'audio':
      return kinded('audio', audioCodec(sensor))
    case 'joint_encoders':
      return { kind: 'joint_encoders', codec: jointsCodec }
    case 'rf':
      return undefined
  }
}

const kinded = <K extends PayloadKind>(kind: K, codec: MessageCodec<K> | undefined): LogCodec | undefined =>
  codec && ({ kind, codec } as unknown as LogCodec)

function poseCodec(parent: string, child: string): MessageCodec<'pose'> {
  return {
    schema: 'foxglove.FrameTransform',
    toMessages: ({ translation, orientation }, timestamp) => ({
      entry: { timestamp, parent_frame_id: parent, child_frame_id: child, translation, rotation: orientation }
    }),
    toPayload: ({ entry }) => ({ translation: entry['translation'], orientation: entry['rotation'] }) as PayloadInput<'pose'>
  }
}

/** Signed 16-bit samples are the only ones that Foxglove plays. */
function audioCodec({ sampleFormat, sampleRateHz, channels }: SensorBody<'audio'>): MessageCodec<'audio'> | undefined {
  if (sampleFormat !== 'pcm_s16le') return undefined
  const constants = { format: 'pcm-s16', sample_rate: sampleRateHz, number_of_channels: channels }
  return {
    schema: 'foxglove.RawAudio',
    toMessages: ({ data }, timestamp) => ({ entry: { timestamp, data: textOfBytes(data), ...constants } }),
    toPayload: ({ entry }) => ({ data: bytesOfText(entry['data']) })
  }
}

/** A sensor's entry does not name its joints, so they are named by their index. */
const jointsCodec: MessageCodec<'joint_encoders'> = {
  schema: 'foxglove.JointStates',
  toMessages: ({ anglesRad }, timestamp) => ({
    entry: { timestamp, joints: anglesRad.map((position, joint) => ({ name: `joint_${joint}`, position })) }
  }),
  toPayload: ({ entry }) => ({ anglesRad: (entry['joints'] as { position: number }[]).map(({ position }) => position) })
}

const detectionCodec: MessageCodec<'detection'> = {
  schema: 'auki.Detection',
  toMessages: ({ data, sensorHash, type }, timestamp) => ({
    entry: { timestamp, data: textOfBytes(data), sensor_hash: sensorHash, type }
  }),
  toPayload: ({ entry }) => ({ data: bytesOfText(entry['data']), sensorHash: String(entry['sensor_hash']), type: String(entry['type']) })
}

const timeTransformCodec: MessageCodec<'time_transform'> = {
  schema: 'auki.TimeTransform',
  toMessages: ({ offsetNs, uncertaintyNs }, timestamp) => ({
    entry: { timestamp, offset_ns: String(offsetNs), offset_s: Number(offsetNs) / 1e9, uncertainty_ns: uncertaintyNs }
  }),
  toPayload: ({ entry }) => ({ offsetNs: BigInt(String(entry['offset_ns'])), uncertaintyNs: Number(entry['uncertainty_ns']) })
}
