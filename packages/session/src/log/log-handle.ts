import type { AbortOptions } from '@auki/canonical'
import type { PayloadKind, ReadFrom } from '@auki/datatypes'
import type { LogError } from '../errors.ts'
import type { LogAvailable, LogExtent, LogHead, LogRef } from '../resource-entry.ts'
import type { LogCursor } from './log-cursor.ts'
import type { Entry } from './log-entry.ts'
import type { LogManifest } from './manifest.ts'
import type { LogDamage } from './scan.ts'

/** Where reading begins, and what may end it early: an abort throws the signal's reason into the loop. */
export interface ReadOptions extends AbortOptions {
  /** A timestamp is inclusive and looked at entry by entry. */
  readonly from?: ReadFrom | undefined
}

/** Where a cursor begins. */
export interface CursorOptions {
  readonly from: ReadFrom
  /** In place of `from`: begin at the entry with this position. What retention has removed of that is the first batch's `lost`. */
  readonly fromPosition?: bigint | undefined
  /**
   * `returns`: the bytes of a batch are good until the next one is asked for, or the cursor is closed; payloads of 4 KiB and more for as long as they are
   * kept. The log then fills the same memory again and again. Default: `keeps`, all bytes are good for as long as they are kept.
   */
  readonly hold?: 'keeps' | 'returns' | undefined
}

/** A log of a session. `T` is its payload: what the entries hold. */
export interface LogHandle<T = unknown, M extends LogManifest = LogManifest> extends AsyncDisposable {
  /** Unique within the peer whose data it is; what others ask for. */
  readonly resourceId: string
  /** The same with that peer's id. */
  readonly logRef: LogRef
  /** What the log is about: its clock, its references, its segments. Only the retention may change. */
  readonly manifest: M
  /** What the entries hold. */
  readonly kind: PayloadKind
  /** Where the log begins, as the catalog says it. */
  readonly head: LogHead
  /** `sealed` as soon as {@link seal} was called. */
  readonly state: 'live' | 'sealed'
  /** Why nothing more can be written (`io`), once that is so. What was appended before can still be read here. */
  readonly failure: LogError | undefined
  /**
   * What was wrong with the files of an earlier session that this log goes on with; none when all was as it was written. The end of the newest file is cut
   * off then, so that nothing that was not written is ever read; damage elsewhere stays, and reading fails at it.
   */
  readonly damage: readonly LogDamage[]
  /** How many entries were refused because they were too far ahead of the log's clock. */
  readonly refused: number
  /** What is retained now. */
  readonly available: LogAvailable
  /** Smallest and largest timestamp retained; `undefined` while there is no entry. */
  readonly extent: LogExtent | undefined
  /** Timestamp of the first entry retained, before it the registration's reading of the log's clock (0 for a clock not of this session); ns. */
  readonly startedAtNs: bigint

  /**
   * Append an entry. Readers of this handle see it at once; it is in its file within some 50 ms, and synced to disk when `flush` resolves.
   *
   * Timestamps (ns on the log's clock, not negative) may go back within the newest segment's window. A `Uint8Array` is taken as already encoded, and from
   * then on belongs to the log: don't change it.
   *
   * @returns a promise when more than 4 MiB wait to be written: await it before the next append. It resolves when there is room again, rejects only with an
   * `io` that happens meanwhile, and may be left alone.
   * @throws LogError at once: `sealed`; `io` after any earlier one; `format` for a timestamp that can't be; `too-far-ahead` for
   * one that is more than the log's `maxAheadNs` ahead of its clock, where that is one of the session's; `payload` for one that does not fit its kind or is
   * longer than 16,777,152 bytes. Nothing is appended then.
   */
  append(entry: { readonly timestampNs: bigint; readonly payload: T | Uint8Array }): void | Promise<void>

  /** Resolves when everything appended so far is on disk, synced. An abort ends the waiting, not the writing. @throws LogError `io`. */
  flush(options?: AbortOptions): Promise<void>

  /** History: what was appended before this call; default from the start. @throws LogError `io`, `format` while iterating. */
  read(options?: ReadOptions): AsyncIterable<Entry<T>>

  /** History as asked, then what is appended, without a gap, until the log is sealed; default from now on. @throws LogError `io`, `format` while iterating. */
  tail(options?: ReadOptions): AsyncIterable<Entry<T>>

  /** As {@link tail}, for code that carries the log elsewhere: batches of undecoded entries. Close it. */
  cursor(options: CursorOptions): LogCursor

  /** ULID of this recording: positions are comparable only within one. Every registration makes a new one. */
  readonly recording: string
  /** The position of the next entry to be appended. Positions count from 1, including entries that were in the directory before. */
  readonly nextPosition: bigint

  /**
   * Change what is retained, ns; 0 keeps all. Persists the manifest; takes effect at the next append.
   *
   * @throws LogError `manifest` when negative, `sealed`, `io`.
   */
  setRetention(retentionNs: bigint, options?: AbortOptions): Promise<void>

  /**
   * Flush and close; nothing more is appended, tails end. Idempotent; also `Symbol.asyncDispose`. An abort ends the waiting, not the sealing.
   *
   * @throws LogError `io` when not everything that was appended could be written. The log is sealed all the same.
   */
  seal(options?: AbortOptions): Promise<void>
}
