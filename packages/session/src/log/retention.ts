/**
 * Which segments a log keeps.
 *
 * A log is a sequence of windows of equal length on its clock. Only whole windows are removed: one goes when even the newest entry it could hold is older
 * than the retention, counted from the entry just appended or, where that is earlier, from what the log's clock shows. The newest window always stays.
 */

/** The start of the window a timestamp (ns, not negative) falls into. */
export function segmentStart(timestampNs: bigint, segmentDurationNs: bigint): bigint {
  return (timestampNs / segmentDurationNs) * segmentDurationNs
}

/** What {@link remainingSegments} decides by; all ns on the log's clock. */
export interface RetentionRule {
  /** Length of a segment's window. */
  readonly segmentDurationNs: bigint
  /** 0 keeps all. */
  readonly retentionNs: bigint
  /** The instant that is counted from. */
  readonly timestampNs: bigint
}

/** The starts of the segments that stay, of the starts there are (ascending). */
export function remainingSegments(starts: readonly bigint[], rule: RetentionRule): readonly bigint[] {
  if (rule.retentionNs === 0n) return starts
  const horizon = rule.timestampNs - rule.retentionNs
  const newest = starts.at(-1)
  return starts.filter((start) => start === newest || start + rule.segmentDurationNs > horizon)
}
