/** Random damage to the bytes of a file. */
import type { chance } from './chance.ts'

type Chance = ReturnType<typeof chance>
type Bytes = Uint8Array

const join = (...parts: readonly Bytes[]): Bytes => Uint8Array.from(Buffer.concat(parts))

function range(upTo: Chance, bytes: Bytes): [number, number] {
  const from = upTo(bytes.length + 1)
  return [from, from + upTo(Math.min(40, bytes.length - from) + 1)]
}

const damages: readonly ((bytes: Bytes, upTo: Chance) => Bytes)[] = [
  (bytes, upTo) => bytes.with(upTo(Math.min(16, bytes.length)), upTo(256)),
  (bytes, upTo) => bytes.with(upTo(bytes.length), upTo(256)),
  (bytes, upTo) => {
    const at = upTo(bytes.length)
    return bytes.with(at, bytes[at]! ^ (1 << upTo(8)))
  },
  (bytes, upTo) => bytes.slice(0, upTo(bytes.length + 1)),
  (bytes, upTo) => {
    const [from, to] = range(upTo, bytes)
    return join(bytes.subarray(0, from), bytes.subarray(to))
  },
  (bytes, upTo) => bytes.slice().fill(upTo(2) * 255, ...range(upTo, bytes)),
  (bytes, upTo) => {
    const [from, to] = range(upTo, bytes)
    return join(bytes.subarray(0, to), bytes.subarray(from))
  },
  (bytes, upTo) => {
    const at = upTo(bytes.length + 1)
    return join(
      bytes.subarray(0, at),
      Uint8Array.from({ length: upTo(30) }, () => upTo(256)),
      bytes.subarray(at)
    )
  }
]

const block = 4_096

/** Where a block of the file begins. */
const blockAt = (upTo: Chance, bytes: Bytes): number => block * upTo(Math.max(1, Math.ceil(bytes.length / block)))

// What a power failure leaves, and a disk that mixes up its blocks.
const blockDamages: readonly ((bytes: Bytes, upTo: Chance) => Bytes)[] = [
  (bytes, upTo) => join(bytes, new Uint8Array(block + upTo(2 * block))),
  (bytes, upTo) => bytes.slice().fill(0, Math.max(0, bytes.length - block - upTo(block))),
  (bytes, upTo) => {
    const at = blockAt(upTo, bytes) + 512 * upTo(8)
    return bytes.slice().fill(upTo(2) * 255, at, at - (at % block) + block)
  },
  (bytes, upTo) => {
    const [from, to] = [blockAt(upTo, bytes), blockAt(upTo, bytes)]
    const at = to + 512 * upTo(8)
    const torn = bytes.slice()
    torn.set(bytes.subarray(from + (at - to), Math.min(from + block, from + bytes.length - to)), at < bytes.length ? at : 0)
    return torn
  },
  (bytes, upTo) => {
    const [one, other] = [blockAt(upTo, bytes), blockAt(upTo, bytes)]
    const changed = bytes.slice()
    changed.set(bytes.subarray(one, Math.min(one + block, one + bytes.length - other)), other)
    changed.set(bytes.subarray(other, Math.min(other + block, other + bytes.length - one)), one)
    return changed
  },
  (bytes, upTo) => {
    const at = blockAt(upTo, bytes)
    return join(bytes.subarray(0, at + block), bytes.subarray(at))
  }
]

/** A copy with a torn, doubled, swapped or lost block. */
export function damagedBlock(bytes: Bytes, upTo: Chance): Bytes {
  return bytes.length === 0 ? bytes : blockDamages[upTo(blockDamages.length)]!(bytes, upTo)
}

/** A damaged copy. */
export function damaged(bytes: Bytes, upTo: Chance): Bytes {
  return bytes.length === 0 ? bytes : damages[upTo(damages.length)]!(bytes, upTo)
}
