/** TimeTransform logs: each entry relates two clocks at one instant. */
import { abs, clamp, i64Max, i64Min, max, u32Max } from './numbers.ts'
import { discontinuityNsDefault } from './settings.ts'

/** An entry of a TimeTransform log. */
export interface TimeTransformEntry {
  /** On the from clock. */
  readonly timestampNs: bigint
  /** to − from */
  readonly offsetNs: bigint
  /** u32 */
  readonly uncertaintyNs: number
}

/**
 * The entry of three reads taken in this order: from clock, to clock, from clock again. An interruption between them shows in the uncertainty;
 * the offset saturates at i64, the uncertainty at u32.
 */
export function timeTransformSample(m1Ns: bigint, rNs: bigint, m2Ns: bigint): TimeTransformEntry {
  const timestampNs = m1Ns + (m2Ns - m1Ns) / 2n
  return {
    timestampNs,
    offsetNs: clamp(rNs - timestampNs, i64Min, i64Max),
    uncertaintyNs: Number(clamp(m2Ns - m1Ns, 0n, u32Max))
  }
}

/** Whether the offset jumped between two entries. */
export function isDiscontinuity(earlier: TimeTransformEntry, later: TimeTransformEntry, thresholdNs = discontinuityNsDefault): boolean {
  return abs(later.offsetNs - earlier.offsetNs) >= thresholdNs
}

/** What a step of a conversion says about one instant. */
export interface StepReading {
  /** In the direction of the conversion: add it to the instant. */
  readonly offsetNs: bigint
  /** How wrong the offset can be. */
  readonly uncertaintyNs: bigint
  /** How far the instant is from what the offset was read from; 0 between two entries of a log. */
  readonly ageNs: bigint
}

/** `forward`: from a step's `from` clock to its `to` clock. */
export type Direction = 'forward' | 'backward'

/**
 * The offset at an instant: interpolated between the entries around it; that of the nearest entry before the first, after the last, and up to a jump.
 *
 * Backward, the instant is on the `to` clock, which may itself jump: the last entry whose reading of that clock is not later counts.
 *
 * @param entries - in the order of their timestamps.
 * @returns `undefined` for an empty log.
 */
export function offsetByLog(
  entries: readonly TimeTransformEntry[],
  tNs: bigint,
  direction: Direction,
  discontinuityNs = discontinuityNsDefault
): StepReading | undefined {
  const instantOf =
    direction === 'forward' ? (e: TimeTransformEntry) => e.timestampNs : (e: TimeTransformEntry) => e.timestampNs + e.offsetNs
  const sign = direction === 'forward' ? 1n : -1n
  const at = entries.findLastIndex((entry) => instantOf(entry) <= tNs)
  const held = entries[Math.max(at, 0)]
  const next = entries[at + 1]
  if (held === undefined) return undefined

  const elapsedNs = tNs - instantOf(held)
  if (at < 0 || next === undefined || elapsedNs === 0n || isDiscontinuity(held, next, discontinuityNs)) {
    return { offsetNs: sign * held.offsetNs, uncertaintyNs: BigInt(held.uncertaintyNs), ageNs: abs(elapsedNs) }
  }
  const offsetNs = held.offsetNs + ((next.offsetNs - held.offsetNs) * elapsedNs) / (instantOf(next) - instantOf(held))
  return { offsetNs: sign * offsetNs, uncertaintyNs: max(BigInt(held.uncertaintyNs), BigInt(next.uncertaintyNs)), ageNs: 0n }
}
