/**
 * Where a reader of a log starts: at what is appended from now on, at the oldest entry retained, or at the entries whose timestamp
 * (ns on the log's clock) is at least `fromTimestamp`; the last two go on live.
 */
export type ReadFrom = 'latest' | 'from_start' | { readonly fromTimestamp: bigint }
