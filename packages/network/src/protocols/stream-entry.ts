/**
 * The entry frame, written and read by hand: it is the one message sent hundreds of thousands of times a second, and the one whose payload is too
 * big to copy.
 *
 * Byte for byte what the generated code writes and understands; tests hold the two against each other.
 */
import { copiedPayloadBytesMax, entryHeadBytesMax, entryTailBytesMax } from '../settings.ts'
import { encodeError } from './codec-errors.ts'
import { checkFrameSize, framePrefixBytes, writePrefix } from './frame.ts'
import { streamFrameBytesMax } from './limits.ts'
import { writeEntryTail } from './stream-entry-tail.ts'
import type { StreamEntry } from './stream-types.ts'
import { scratch, scratchVarintBytes, varint32Bytes, writeScratchVarint, writeVarint32 } from './varint.ts'

// Tags: field number × 8 + wire type.
const entryTag = 0x22
const timestampTag = 0x08
const seqTag = 0x10
const payloadTag = 0x1a

/**
 * Writes all of an entry's frame that comes before its payload to `target`, which has room for {@link entryHeadBytesMax}, and returns the position
 * behind it. After the payload comes the tail, see {@link writeEntryTail}.
 *
 * @throws CodecError 'frame-too-large' | 'encode'; then nothing was written.
 */
export function writeEntryHead(
  target: Uint8Array,
  at: number,
  timestampNs: bigint,
  seq: bigint,
  payloadBytes: number,
  tailBytes: number
): number {
  if (BigInt.asIntN(64, timestampNs) !== timestampNs) throw encodeError(`timestamp ${timestampNs} is not i64`)
  if (BigInt.asUintN(64, seq) !== seq) throw encodeError(`seq ${seq} is not u64`)
  scratch.setBigInt64(0, timestampNs)
  scratch.setBigUint64(8, seq)
  const timestampBytes = scratchVarintBytes(0)
  const seqBytes = scratchVarintBytes(8)
  const payloadHead = payloadBytes === 0 ? 0 : 1 + varint32Bytes(payloadBytes)
  const entryBytes = fieldBytes(timestampBytes) + fieldBytes(seqBytes) + payloadHead + payloadBytes + tailBytes
  const frameBytes = 1 + varint32Bytes(entryBytes) + entryBytes
  checkFrameSize(frameBytes, streamFrameBytesMax)
  writePrefix(target, at, frameBytes)
  target[at + framePrefixBytes] = entryTag
  let next = writeVarint32(target, at + framePrefixBytes + 1, entryBytes)
  if (timestampBytes > 0) {
    target[next] = timestampTag
    next = writeScratchVarint(target, next + 1, 0)
  }
  if (seqBytes > 0) {
    target[next] = seqTag
    next = writeScratchVarint(target, next + 1, 8)
  }
  if (payloadBytes === 0) return next
  target[next] = payloadTag
  return writeVarint32(target, next + 1, payloadBytes)
}

/**
 * A whole entry frame, prefix included, as the buffers to write in this order. A large payload is one of them, not copied.
 *
 * @throws CodecError 'frame-too-large' | 'encode'
 */
export function encodeEntryFrame(entry: StreamEntry): Uint8Array[] {
  const { timestampNs, seq, payload, dropped, position = 0n, gap } = entry
  const room = new Uint8Array(entryTailBytesMax)
  const tail = room.subarray(0, writeEntryTail(room, 0, dropped, position, gap))
  const copied = payload.length <= copiedPayloadBytesMax
  const head = new Uint8Array(entryHeadBytesMax + (copied ? payload.length + tail.length : 0))
  const at = writeEntryHead(head, 0, timestampNs, seq, payload.length, tail.length)
  if (!copied) return [head.subarray(0, at), payload, ...(tail.length === 0 ? [] : [tail])]
  head.set(payload, at)
  head.set(tail, at + payload.length)
  return [head.subarray(0, at + payload.length + tail.length)]
}

function fieldBytes(varintBytes: number): number {
  return varintBytes === 0 ? 0 : 1 + varintBytes
}
