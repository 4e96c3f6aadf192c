/** What an entry frame has after its payload: our own fields, each of two bytes of tag and a varint. Of what is 0 nothing is written. */
import { entryTailBytesMax } from '../settings.ts'
import { encodeError } from './codec-errors.ts'
import type { StreamGap } from './stream-types.ts'
import { putUint64, scratch, scratchVarintBytes, writeScratchVarint } from './varint.ts'

// Tags of the fields 1000 to 1004; all have the same second byte.
const droppedTag = 0xc0
const lostTag = 0xc8
const lostFromTag = 0xd0
const positionTag = 0xd8
const lostToTag = 0xe0
const secondTagByte = 0x3e

/** Writes it to `target`, which has room for {@link entryTailBytesMax}, and returns the position behind it. @throws CodecError 'encode' */
export function writeEntryTail(
  target: Uint8Array,
  at: number,
  dropped: bigint,
  position: number | bigint,
  gap: StreamGap | undefined
): number {
  // Most entries of an app's own source: nothing to say, and it is asked for each of them.
  if (position === 0 && gap === undefined && dropped === 0n) return at
  let next = dropped === 0n ? at : writeUnsigned(target, at, droppedTag, 'dropped', dropped)
  if (gap !== undefined) {
    next = writeUnsigned(target, next, lostTag, 'lost', gap.lost)
    next = writeSigned(target, next, lostFromTag, 'lost from', gap.fromNs)
  }
  next = writeUnsigned(target, next, positionTag, 'position', position)
  return gap === undefined ? next : writeSigned(target, next, lostToTag, 'lost to', gap.toNs)
}

function writeUnsigned(target: Uint8Array, at: number, tag: number, name: string, value: number | bigint): number {
  const fits = typeof value === 'number' ? Number.isSafeInteger(value) && value >= 0 : BigInt.asUintN(64, value) === value
  if (!fits) throw encodeError(`${name} ${value} is not u64`)
  putUint64(0, value)
  return writeScratch(target, at, tag)
}

function writeSigned(target: Uint8Array, at: number, tag: number, name: string, value: bigint): number {
  if (BigInt.asIntN(64, value) !== value) throw encodeError(`${name} ${value} is not i64`)
  scratch.setBigInt64(0, value)
  return writeScratch(target, at, tag)
}

function writeScratch(target: Uint8Array, at: number, tag: number): number {
  if (scratchVarintBytes(0) === 0) return at
  target[at] = tag
  target[at + 1] = secondTagByte
  return writeScratchVarint(target, at + 2, 0)
}
