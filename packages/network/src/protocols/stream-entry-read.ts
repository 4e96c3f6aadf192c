/**
 * A fast decoder of entries, written by hand: for the fields in the order in which every producer writes them.
 *
 * Everything else, valid or not, is left to the generated decoder, which also says what is wrong.
 */
import type { StreamEntry } from './stream-types.ts'

const entryTag = 0x22
const timestampTag = 0x08
const seqTag = 0x10
const payloadTag = 0x1a
// Our own fields, 1000 to 1004, have tags of two bytes, of which the second is the same.
const secondTagByte = 0x3e
const droppedTag = 0xc0
const lostTag = 0xc8
const lostFromTag = 0xd0
const positionTag = 0xd8
const lostToTag = 0xe0

const noPayload: Uint8Array = new Uint8Array(0)
const scratch = new DataView(new ArrayBuffer(8))

// Where the varint read last ended; 0: it was none.
let end = 0

/** The entry in the frame `bytes[from, to)`, its payload a view; `undefined` when the frame needs the full decoder. */
export function readEntry(bytes: Uint8Array, from: number, to: number): StreamEntry | undefined {
  if (bytes[from] !== entryTag || to - from < 2) return undefined
  const length = readUint32(bytes, from + 1, to)
  if (end === 0 || end + length !== to) return undefined
  let at = end
  let timestampNs = 0n
  let seq = 0n
  let payload = noPayload
  let dropped = 0n
  let position = 0n
  let lost = 0n
  let fromNs = 0n
  let toNs = 0n
  let hasMore = false
  while (at < to) {
    const tag = bytes[at]!
    if (tag === timestampTag) {
      if (!readUint64(bytes, at + 1, to)) return undefined
      timestampNs = scratch.getBigInt64(0)
    } else if (tag === seqTag) {
      if (!readUint64(bytes, at + 1, to)) return undefined
      seq = scratch.getBigUint64(0)
    } else if (tag === payloadTag) {
      const start = readUint32(bytes, at + 1, to)
      if (end === 0 || start > to - end) return undefined
      payload = bytes.subarray(end, end + start)
      end += start
    } else if (bytes[at + 1] === secondTagByte && at + 1 < to) {
      if (!readUint64(bytes, at + 2, to)) return undefined
      hasMore ||= tag !== droppedTag
      if (tag === positionTag) position = scratch.getBigUint64(0)
      else if (tag === droppedTag) dropped = scratch.getBigUint64(0)
      else if (tag === lostTag) lost = scratch.getBigUint64(0)
      else if (tag === lostFromTag) fromNs = scratch.getBigInt64(0)
      else if (tag === lostToTag) toNs = scratch.getBigInt64(0)
      else return undefined
    } else return undefined
    at = end
  }
  if (!hasMore) return { timestampNs, seq, payload, dropped }
  return entryOf(timestampNs, seq, payload, dropped, position, lost, fromNs, toNs)
}

/** An entry with nothing in it that was not sent. */
export function entryOf(
  timestampNs: bigint,
  seq: bigint,
  payload: Uint8Array,
  dropped: bigint,
  position: bigint,
  lost: bigint,
  fromNs: bigint,
  toNs: bigint
): StreamEntry {
  const hasGap = lost !== 0n || fromNs !== 0n || toNs !== 0n
  if (hasGap) return { timestampNs, seq, payload, dropped, ...(position !== 0n && { position }), gap: { lost, fromNs, toNs } }
  return position === 0n ? { timestampNs, seq, payload, dropped } : { timestampNs, seq, payload, dropped, position }
}

/** A length; it sets `end`. */
function readUint32(bytes: Uint8Array, from: number, to: number): number {
  let value = 0
  for (let i = 0; i < 4 && from + i < to; i++) {
    const byte = bytes[from + i]!
    value |= (byte & 0x7f) << (7 * i)
    if (byte < 0x80) {
      end = from + i + 1
      return value
    }
  }
  end = 0
  return 0
}

/** Reads the 64 bits of a varint into `scratch` and sets `end`. */
function readUint64(bytes: Uint8Array, from: number, to: number): boolean {
  let low = 0
  let high = 0
  for (let i = 0; i < 10 && from + i < to; i++) {
    const byte = bytes[from + i]!
    const bits = byte & 0x7f
    if (i < 4) low |= bits << (7 * i)
    else if (i > 4) high |= bits << (7 * i - 32)
    else {
      low |= bits << 28
      high = bits >>> 4
    }
    if (byte >= 0x80) continue
    if (i === 9 && byte > 1) return false
    scratch.setUint32(0, high)
    scratch.setUint32(4, low)
    end = from + i + 1
    return true
  }
  return false
}
