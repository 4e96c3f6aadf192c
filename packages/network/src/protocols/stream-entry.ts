/**
 * The entry frame, written by hand: it is the one message sent thousands of times a second, and the one whose payload is too big to copy.
 *
 * Byte for byte what the generated code writes; a test holds the two against each other.
 */
import { encodeError } from './errors.ts'
import { checkFrameSize, framePrefixBytes, writePrefix } from './frame.ts'
import { streamFrameBytesMax } from './limits.ts'
import type { StreamEntry } from './stream-types.ts'

/** Up to this size a copy costs less than a second buffer in the transport. */
const copiedPayloadBytesMax = 4_096

// Tags: field number × 8 + wire type.
const entryTag = 0x22
const timestampTag = 0x08
const seqTag = 0x10
const payloadTag = 0x1a
const droppedTag = [0xc0, 0x3e] as const

const scratch = new DataView(new ArrayBuffer(8))

/**
 * A whole entry frame, prefix included, as the buffers to write in this order. A large payload is one of them, not copied.
 *
 * @throws CodecError 'frame-too-large' | 'encode'
 */
export function encodeEntryFrame(entry: StreamEntry): Uint8Array[] {
  const { timestampNs, seq, payload, dropped } = entry
  if (BigInt.asIntN(64, timestampNs) !== timestampNs) throw encodeError(`timestamp ${timestampNs} is not i64`)
  const timestampSize = varintBytes(timestampNs)
  const seqSize = varintBytes(unsigned(seq, 'seq'))
  const droppedSize = varintBytes(unsigned(dropped, 'dropped'))
  const payloadHead = payload.length === 0 ? 0 : 1 + varint32Bytes(payload.length)
  const tailSize = dropped === 0n ? 0 : droppedTag.length + droppedSize
  const fieldsSize = (timestampNs === 0n ? 0 : 1 + timestampSize) + (seq === 0n ? 0 : 1 + seqSize) + payloadHead
  const entrySize = fieldsSize + payload.length + tailSize
  const frameSize = 1 + varint32Bytes(entrySize) + entrySize
  checkFrameSize(frameSize, streamFrameBytesMax)

  const copied = payload.length <= copiedPayloadBytesMax
  const head = new Uint8Array(framePrefixBytes + frameSize - (copied ? 0 : payload.length + tailSize))
  writePrefix(head, frameSize)
  head[framePrefixBytes] = entryTag
  let at = writeVarint32(head, framePrefixBytes + 1, entrySize)
  at = writeField(head, at, timestampTag, timestampNs)
  at = writeField(head, at, seqTag, seq)
  if (payload.length > 0) {
    head[at] = payloadTag
    at = writeVarint32(head, at + 1, payload.length)
  }
  if (!copied) return tailSize === 0 ? [head, payload] : [head, payload, droppedTail(dropped, tailSize)]
  head.set(payload, at)
  if (tailSize > 0) head.set(droppedTail(dropped, tailSize), at + payload.length)
  return [head]
}

function droppedTail(dropped: bigint, size: number): Uint8Array {
  const tail = new Uint8Array(size)
  tail.set(droppedTag)
  writeVarint(tail, droppedTag.length, dropped)
  return tail
}

function unsigned(value: bigint, name: string): bigint {
  if (BigInt.asUintN(64, value) !== value) throw encodeError(`${name} ${value} is not u64`)
  return value
}

function writeField(target: Uint8Array, at: number, tag: number, value: bigint): number {
  if (value === 0n) return at
  target[at] = tag
  return writeVarint(target, at + 1, value)
}

function varint32Bytes(value: number): number {
  return value === 0 ? 1 : Math.ceil((32 - Math.clz32(value)) / 7)
}

/** Length of a 64-bit varint; a negative value takes ten bytes. */
function varintBytes(value: bigint): number {
  scratch.setBigInt64(0, value)
  const high = scratch.getUint32(0)
  return high === 0 ? varint32Bytes(scratch.getUint32(4)) : Math.ceil((64 - Math.clz32(high)) / 7)
}

function writeVarint32(target: Uint8Array, at: number, value: number): number {
  let rest = value
  let position = at
  while (rest > 0x7f) {
    target[position++] = (rest & 0x7f) | 0x80
    rest >>>= 7
  }
  target[position++] = rest
  return position
}

function writeVarint(target: Uint8Array, at: number, value: bigint): number {
  scratch.setBigInt64(0, value)
  let high = scratch.getUint32(0)
  let low = scratch.getUint32(4)
  let position = at
  while (high > 0) {
    target[position++] = (low & 0x7f) | 0x80
    low = ((low >>> 7) | (high << 25)) >>> 0
    high >>>= 7
  }
  return writeVarint32(target, position, low)
}
