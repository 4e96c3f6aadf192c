import type { DynamicIntrinsics } from '@auki/datatypes'
import type { SensorBody } from '@auki/registry'
import type { EntryMessages, MessageCodec } from './codecs.ts'
import { bytesOfText, type Message, type Stamp, textOfBytes } from './message.ts'

const imageFormats = new Set(['jpeg', 'png', 'webp', 'avif'])
const videoFormats = new Set(['h264', 'h265', 'vp9', 'av1'])

/** Bytes of a pixel, by what Foxglove calls the format. */
export const pixelBytes: Readonly<Record<string, number>> = {
  rgb8: 3,
  bgr8: 3,
  rgba8: 4,
  bgra8: 4,
  mono8: 1,
  mono16: 2,
  '8UC1': 1,
  '8UC3': 3,
  '16UC1': 2,
  '32FC1': 4
}

const aliases: Readonly<Record<string, string>> = { jpg: 'jpeg', mjpeg: 'jpeg' }

/** Undefined for a pixel format that Foxglove does not know. */
export function cameraCodec(sensor: SensorBody<'camera'>, frame: string): MessageCodec<'camera'> | undefined {
  const named = sensor.pixelFormat.toLowerCase()
  const format = aliases[named] ?? named
  const raw = [sensor.pixelFormat, named].find((name) => Object.hasOwn(pixelBytes, name))
  if (imageFormats.has(format)) return codec('foxglove.CompressedImage', sensor, frame, { format })
  if (videoFormats.has(format)) return codec('foxglove.CompressedVideo', sensor, frame, { format })
  if (raw === undefined) return undefined
  const { width, height } = sensor
  return codec('foxglove.RawImage', sensor, frame, { width, height, encoding: raw, step: width * pixelBytes[raw]! })
}

function codec(
  schema: MessageCodec<'camera'>['schema'],
  sensor: SensorBody<'camera'>,
  frame_id: string,
  constants: Message & { readonly step?: number }
): MessageCodec<'camera'> {
  const imageBytes = constants.step === undefined ? undefined : constants.step * sensor.height
  return {
    schema,
    toMessages: ({ frame, dynamicIntrinsics }, timestamp) => {
      if (imageBytes !== undefined && frame.length !== imageBytes)
        throw new RangeError(`an image of ${frame.length} bytes, not ${imageBytes}`)
      const entry = { timestamp, frame_id, data: textOfBytes(frame), ...constants }
      return dynamicIntrinsics === undefined
        ? { entry }
        : { calibration: calibration(dynamicIntrinsics, sensor, frame_id, timestamp), entry }
    },
    toPayload
  }
}

function toPayload({ entry, calibration }: EntryMessages) {
  const frame = bytesOfText(entry['data'])
  if (calibration === undefined) return { frame }
  const { K, D } = calibration as { K: number[]; D: number[] }
  const dynamicIntrinsics = { fx: K[0]!, fy: K[4]!, cx: K[2]!, cy: K[5]!, distortionCoefficients: D }
  return { frame, dynamicIntrinsics }
}

function calibration(intrinsics: DynamicIntrinsics, sensor: SensorBody<'camera'>, frame_id: string, timestamp: Stamp): Message {
  const { fx, fy, cx, cy, distortionCoefficients: D } = intrinsics
  const { width, height, distortionModel } = sensor
  const distortion_model = distortionModel === 'none' ? '' : distortionModel
  const K = [fx, 0, cx, 0, fy, cy, 0, 0, 1]
  const R = [1, 0, 0, 0, 1, 0, 0, 0, 1]
  const P = [fx, 0, cx, 0, 0, fy, cy, 0, 0, 0, 1, 0]
  return { timestamp, frame_id, width, height, distortion_model, D, K, R, P }
}
