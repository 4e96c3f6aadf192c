import { u64Max } from '../protocols/json-frame.ts'
import type { StreamGap } from '../protocols/stream-types.ts'

/** Two gaps joined into one. Where one of them was not counted (0), the sum is unknown, too. */
export function joinGaps(one: StreamGap, other: StreamGap): StreamGap {
  const lost = one.lost === 0n || other.lost === 0n ? 0n : one.lost + other.lost
  return {
    lost: lost < u64Max ? lost : u64Max,
    fromNs: one.fromNs < other.fromNs ? one.fromNs : other.fromNs,
    toNs: one.toNs > other.toNs ? one.toNs : other.toNs
  }
}
