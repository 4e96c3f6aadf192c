/** Messages of others as objects: JSON, ROS 2 (CDR) and protobuf. */
import { createFileRegistry, fromBinary } from '@bufbuild/protobuf'
import { reflect } from '@bufbuild/protobuf/reflect'
import { FileDescriptorSetSchema } from '@bufbuild/protobuf/wkt'
import { parse } from '@foxglove/rosmsg'
import { MessageReader } from '@foxglove/rosmsg2-serialization'
import type { McapTypes } from '@mcap/core'
import { decodeMessage } from './message.ts'

/** May throw whatever its library throws. */
export type Decode = (data: Uint8Array) => object

/** Undefined for an encoding that nothing is known of. @throws Error for a schema that can't be read */
export function decoderOf({ messageEncoding }: McapTypes.Channel, schema: McapTypes.Schema | undefined): Decode | undefined {
  if (messageEncoding === 'json') return decodeMessage
  if (schema === undefined) return undefined
  if (messageEncoding === 'cdr' && schema.encoding === 'ros2msg') {
    const reader = new MessageReader(parse(Buffer.from(schema.data).toString('utf8'), { ros2: true }))
    return (data) => reader.readMessage<object>(data)
  }
  if (messageEncoding === 'protobuf' && schema.encoding === 'protobuf') return protobufDecoder(schema)
  return undefined
}

function protobufDecoder({ name, data }: McapTypes.Schema): Decode {
  const type = createFileRegistry(fromBinary(FileDescriptorSetSchema, data)).getMessage(name)
  if (type === undefined) throw new Error(`its schema has no ${name}`)
  return (bytes) => reflect(type, fromBinary(type, bytes)).message
}

/** The names of ROS 2 and Foxglove for one schema: `sensor_msgs/msg/Image`, `foxglove_msgs/msg/RawImage` → `foxglove.RawImage`. */
export const schemaName = (name: string): string => name.replace(/^foxglove_msgs\/(msg\/)?/, 'foxglove.')

/** A field, whether its library spells it `frame_id` or `frameId`. */
export function fieldOf(message: unknown, name: string): unknown {
  if (typeof message !== 'object' || message === null) return undefined
  const fields = message as Record<string, unknown>
  return fields[name] ?? fields[name.replace(/_([a-z])/g, (_, letter: string) => letter.toUpperCase())]
}

/** One inside another: `header.frame_id`. */
export const pathOf = (message: unknown, path: string): unknown => path.split('.').reduce(fieldOf, message)

export function numberAt(message: unknown, path: string): number {
  const value = pathOf(message, path) ?? 0 // protobuf and JSON leave out what is 0
  const number = typeof value === 'bigint' ? Number(value) : value
  if (typeof number !== 'number') throw new TypeError(`${path} is no number`)
  return number
}

export function textAt(message: unknown, path: string): string {
  const value = pathOf(message, path) ?? ''
  if (typeof value !== 'string') throw new TypeError(`${path} is no text`)
  return value
}

/** Base64 in JSON. */
export function bytesAt(message: unknown, path: string): Uint8Array {
  const value = pathOf(message, path) ?? new Uint8Array(0)
  if (typeof value === 'string') return Buffer.from(value, 'base64')
  if (ArrayBuffer.isView(value)) return Uint8Array.from(new Uint8Array(value.buffer, value.byteOffset, value.byteLength))
  if (Array.isArray(value)) return Uint8Array.from(value as number[])
  throw new TypeError(`${path} has no bytes`)
}

export function listAt(message: unknown, path: string): readonly unknown[] {
  const value = pathOf(message, path) ?? []
  if (Array.isArray(value)) return value
  if (ArrayBuffer.isView(value) && !(value instanceof DataView)) return Array.from(value as unknown as ArrayLike<number>)
  throw new TypeError(`${path} is no list`)
}
