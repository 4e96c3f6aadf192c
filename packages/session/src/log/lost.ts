/** What a reader of a log misses because retention was faster. */
import type { Recording } from './recording.ts'
import type { Segment } from './segment.ts'

/** Entries that a reader was to get and can't, because the log removed them first. */
export interface Lost {
  /** How many of the entries that the reader was to get; `undefined` where only some of a segment were, and nobody can tell any longer. */
  readonly entries: number | undefined
  /** On the log's clock: none of them is older. */
  readonly fromNs: bigint
  /** None of them is newer. */
  readonly toNs: bigint
}

/** How far a reader had come when a segment was gone. */
export interface Progress {
  /** Entries of the segment that it had passed, or was not to get. */
  readonly passed: number
  /** Timestamp of the last one passed, when that is of this segment. */
  readonly passedNs: bigint | undefined
  /** It is to get none that is older. */
  readonly fromNs: bigint
}

/** What of a segment that is gone was still to come; `undefined`: nothing. */
export function lostOf({ entries, minNs, maxNs, isOrdered }: Segment, { passed, passedNs, fromNs }: Progress): Lost | undefined {
  if (passed >= entries || maxNs < fromNs) return undefined
  // In an ordered segment all that follows what was wanted was wanted, too.
  const lastNs = isOrdered ? passedNs : undefined
  const isCounted = minNs >= fromNs || (lastNs !== undefined && lastNs >= fromNs)
  return { entries: isCounted ? entries - passed : undefined, fromNs: larger(lastNs ?? minNs, fromNs), toNs: maxNs }
}

/** What was gone before a reader came for the entry with a number; `sinceNs`: the time of what it has got already, when that is known. */
export function lostBefore({ segments }: Recording, position: number, sinceNs: bigint | undefined): Lost | undefined {
  const { oldest, evictedExtent } = segments
  const entries = oldest.base + 1 - position
  if (entries <= 0 || evictedExtent === undefined) return undefined
  const { startAtNs, finishAtNs: toNs } = evictedExtent
  const fromNs = larger(sinceNs ?? startAtNs, startAtNs)
  return { entries, fromNs: fromNs < toNs ? fromNs : toNs, toNs }
}

/** Both, the one after the other. */
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
