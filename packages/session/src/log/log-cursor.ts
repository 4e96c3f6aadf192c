import type { ReadFrom } from '@auki/datatypes'
import type { NumberedEntry } from './log-entry.ts'
import { type Lost, lostBefore } from './lost.ts'
import type { Position, Recording } from './recording.ts'

/** Entries that a cursor returns at once. */
export interface LogBatch {
  /** At least one, in the order of the log. */
  readonly entries: readonly NumberedEntry[]
  /** Whether they were in the log before the cursor was made. A batch holds entries from before or from after, never both. */
  readonly history: boolean
  /** What retention removed between the previous batch (for the first one: where the cursor should have begun) and this one. */
  readonly lost: Lost | undefined
}

/** A reader of a log that takes what is there at its own pace. One call of `next` at a time. */
export interface LogCursor extends Disposable {
  /**
   * What follows, about 1 MiB at most, as soon as there is something; `undefined` at the end: the log is sealed, or the cursor closed.
   *
   * @throws LogError `io` (also when the log's writer failed, after everything that was appended), `format`.
   */
  next(): Promise<LogBatch | undefined>
  /** Go to the newest entry, if that is ahead; returns how many entries were passed over. */
  skipToNewest(): number
  /** A waiting `next` resolves to `undefined` at once. Idempotent. */
  close(): void
}

/** Which entries a cursor is to return. */
export interface Range {
  readonly from: Position
  /** Entries with an earlier timestamp are left out. */
  readonly fromNs: bigint
  /** Entries with a smaller number are left out. */
  readonly fromPosition: number
  /** What should have been returned and was removed before the cursor was made. */
  readonly lost: Lost | undefined
  /** Where history ends. */
  readonly mark: Position
  readonly historyOnly: boolean
}

/** From `from` to what is there at this moment. */
export function historyRange(recording: Recording, from: ReadFrom): Range {
  return { ...openRange(recording, from), historyOnly: true }
}

/** From `from` on, without end. */
export function openRange(recording: Recording, from: ReadFrom): Range {
  const fromNs = typeof from === 'object' ? from.fromTimestamp : 0n
  return { from: recording.positionOf(from), fromNs, fromPosition: 0, lost: undefined, mark: recording.end, historyOnly: false }
}

/** From the entry with a number on, whatever its time; `from` is the time of the one before, where the reader knows it. */
export function rangeAfter(recording: Recording, position: bigint, from: ReadFrom): Range {
  const fromPosition = position > Number.MAX_SAFE_INTEGER ? Number.MAX_SAFE_INTEGER : Number(position)
  const sinceNs = typeof from === 'object' ? from.fromTimestamp : undefined
  const lost = lostBefore(recording, fromPosition, sinceNs)
  return { from: recording.positionAt(fromPosition), fromNs: 0n, fromPosition, lost, mark: recording.end, historyOnly: false }
}
