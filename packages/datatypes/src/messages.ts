/**
 * Protobuf messages to and from bytes, with the strictness that hostile bytes ask for.
 *
 * The protobuf library believes a field's declared type whatever the wire says, and lets a nested message run over its end, and drops
 * what a length has beyond 32 bits. All of it is checked here first, so that broken bytes are refused instead of misread. Unknown fields are skipped and never kept: a frame full of
 * them must not grow in memory.
 */
import {
  create,
  type DescField,
  type DescMessage,
  fromBinary,
  type MessageInitShape,
  type MessageShape,
  ScalarType,
  toBinary
} from '@bufbuild/protobuf'
import { BinaryReader, WireType } from '@bufbuild/protobuf/wire'

/** The bytes of a message, fields ascending, defaults left out. @throws Error when a value does not fit its field. */
export function writeMessage<D extends DescMessage>(schema: D, message: MessageInitShape<D>): Uint8Array {
  return toBinary(schema, create(schema, message))
}

/** The message in `bytes`; its byte fields are views into them. @throws Error when they are not such a message. */
export function readMessage<D extends DescMessage>(schema: D, bytes: Uint8Array): MessageShape<D> {
  checkRecords(shapeOf(schema), new StrictReader(bytes), bytes.length)
  return fromBinary(schema, bytes, { readUnknownFields: false })
}

/** Of what is walked here only tags and lengths are uint32. The library's own reader takes the length 2^32 + 1 for 1. */
class StrictReader extends BinaryReader {
  constructor(bytes: Uint8Array) {
    super(bytes)
    const { uint32 } = this
    this.uint32 = () => {
      const start = this.pos
      const value = uint32.call(this)
      if (this.pos - start > 4 && exceedsUint32(bytes.subarray(start, this.pos))) throw new Error('a length is 2^32 or more')
      return value
    }
  }
}

/** Of a varint: 7 bits in each byte, the lowest first; the fifth holds the last four of 32. */
const exceedsUint32 = (varint: Uint8Array): boolean => (varint[4]! & 0x70) !== 0 || varint.subarray(5).some((byte) => (byte & 0x7f) !== 0)

interface FieldShape {
  readonly wireType: WireType
  /** Of a repeated number: the bytes one element takes in packed form. */
  readonly packedBytes?: number
  readonly message?: DescMessage
}

type Shape = ReadonlyMap<number, FieldShape>

const shapes = new WeakMap<DescMessage, Shape>()

function shapeOf(schema: DescMessage): Shape {
  let shape = shapes.get(schema)
  if (shape === undefined) {
    shape = new Map(schema.fields.map((field) => [field.number, fieldShape(field)]))
    shapes.set(schema, shape)
  }
  return shape
}

function fieldShape(field: DescField): FieldShape {
  if (field.message !== undefined) return { wireType: WireType.LengthDelimited, message: field.message }
  const wireType = scalarWireType(field.scalar)
  if (field.fieldKind !== 'list' || wireType === WireType.LengthDelimited) return { wireType }
  return { wireType, packedBytes: wireType === WireType.Bit64 ? 8 : 4 }
}

function scalarWireType(scalar: ScalarType | undefined): WireType {
  switch (scalar) {
    case ScalarType.STRING:
    case ScalarType.BYTES:
      return WireType.LengthDelimited
    case ScalarType.DOUBLE:
      return WireType.Bit64
    case ScalarType.FLOAT:
      return WireType.Bit32
    default:
      return WireType.Varint
  }
}

function checkRecords(shape: Shape, reader: BinaryReader, end: number): void {
  while (reader.pos < end) {
    const [number, wireType] = reader.tag()
    const field = shape.get(number)
    if (field === undefined) reader.skip(wireType, number)
    else checkField(field, reader, number, wireType)
  }
  if (reader.pos > end) throw new Error('a field runs over the end of its message')
}

function checkField(field: FieldShape, reader: BinaryReader, number: number, wireType: WireType): void {
  const packed = field.packedBytes !== undefined && wireType === WireType.LengthDelimited
  if (wireType !== field.wireType && !packed) throw new Error(`field ${number} has wire type ${wireType}`)
  if (field.message === undefined && !packed) {
    reader.skip(wireType, number)
    return
  }
  const length = reader.uint32()
  const end = reader.pos + length
  if (end > reader.len) throw new Error(`field ${number} is cut short`)
  if (field.message !== undefined) checkRecords(shapeOf(field.message), reader, end)
  else if (length % field.packedBytes! !== 0) throw new Error(`field ${number} ends within a number`)
  reader.pos = end
}
