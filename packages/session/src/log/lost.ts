/** What a reader of a log misses because retention removed it first. */
import type { Recording } from './recording.ts'
import type { Segment } from './segment.ts'

/** Entries that a reader was to get and can't, because the log removed them first. */
export interface Lost {
  /** How many; `undefined` when the reader wanted only part of a removed segment, and how many entries that part had is no longer known. */
  readonly entries: number | undefined
  /** On the log's clock: none of them is older. */
  readonly fromNs: bigint
  /** None of them is newer. */
  readonly toNs: bigint
}

/** How far a reader had come when a segment was gone. */
export interface Progress {
  /** Entries of the segment that it had read, or did not want. */
  readonly passed: number
  /** Timestamp of the last one it had read, when that is of this segment. */
  readonly passedNs: bigint | undefined
  /** It wants no older ones. ns */
  readonly fromNs: bigint
}

/** What a reader misses of a removed segment; `undefined`: nothing. */
export function lostOf({ entries, minNs, maxNs, isOrdered }: Segment, { passed, passedNs, fromNs }: Progress): Lost | undefined {
  if (passed >= entries || maxNs < fromNs) return undefined
  // In a segment ordered by time, everything after a wanted entry is wanted, too.
  const lastNs = isOrdered ? passedNs : undefined
  const isCounted = minNs >= fromNs || (lastNs !== undefined && lastNs >= fromNs)
  return { entries: isCounted ? entries - passed : undefined, fromNs: larger(lastNs ?? minNs, fromNs), toNs: maxNs }
}

/** What was removed before a reader asked for the entry with this number. `sinceNs`: timestamp of the entry before, when the reader knows it. */
export function lostBefore({ segments }: Recording, position: number, sinceNs: bigint | undefined): Lost | undefined {
  const { oldest, evictedExtent } = segments
  const entries = oldest.base + 1 - position
  if (entries <= 0 || evictedExtent === undefined) return undefined
  const { startAtNs, finishAtNs: toNs } = evictedExtent
  const fromNs = larger(sinceNs ?? startAtNs, startAtNs)
  return { entries, fromNs: fromNs < toNs ? fromNs : toNs, toNs }
}

/** Two losses that follow each other, as one. */
export function addLost(one: Lost | undefined, other: Lost | undefined): Lost | undefined {
  if (one === undefined || other === undefined) return one ?? other
  return {
    entries: one.entries === undefined || other.entries === undefined ? undefined : one.entries + other.entries,
    fromNs: one.fromNs < other.fromNs ? one.fromNs : other.fromNs,
    toNs: larger(one.toNs, other.toNs)
  }
}

function larger(a: bigint, b: bigint): bigint {
  return a > b ? a : b
}
