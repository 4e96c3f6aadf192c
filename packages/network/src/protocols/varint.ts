/** Varints written by hand: of 32 bits as they are, of 64 bits by way of `scratch`. */

/** Two places for 64 bits each, at 0 and at 8. */
export const scratch = new DataView(new ArrayBuffer(16))

/** Puts an integer that is not negative into `scratch`; a number is to be safe. */
export function putUint64(at: number, value: number | bigint): void {
  if (typeof value === 'bigint') return scratch.setBigUint64(at, value)
  scratch.setUint32(at, value / 0x1_0000_0000)
  scratch.setUint32(at + 4, value % 0x1_0000_0000)
}

export function varint32Bytes(value: number): number {
  return value === 0 ? 1 : Math.ceil((32 - Math.clz32(value)) / 7)
}

/** Length of the varint of the 64 bits in `scratch`; 0 for 0, which is not written. A negative number takes ten bytes. */
export function scratchVarintBytes(at: number): number {
  const high = scratch.getUint32(at)
  if (high !== 0) return Math.ceil((64 - Math.clz32(high)) / 7)
  const low = scratch.getUint32(at + 4)
  return low === 0 ? 0 : varint32Bytes(low)
}

export function writeVarint32(target: Uint8Array, at: number, value: number): number {
  let rest = value
  let position = at
  while (rest > 0x7f) {
    target[position++] = (rest & 0x7f) | 0x80
    rest >>>= 7
  }
  target[position++] = rest
  return position
}

export function writeScratchVarint(target: Uint8Array, at: number, from: number): number {
  let high = scratch.getUint32(from)
  let low = scratch.getUint32(from + 4)
  let position = at
  while (high > 0) {
    target[position++] = (low & 0x7f) | 0x80
    low = ((low >>> 7) | (high << 25)) >>> 0
    high >>>= 7
  }
  return writeVarint32(target, position, low)
}
