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

/** A damaged copy. */
export function damaged(bytes: Bytes, upTo: Chance): Bytes {
  return bytes.length === 0 ? bytes : damages[upTo(damages.length)]!(bytes, upTo)
}
