/**
 * The store port: where rows are kept, and how the rest of the service asks for them. The memory store runs the directory in-process; a store that several
 * service instances share fits the same port. `discoveryStoreCompliance` of the testkit says what every store must do.
 */
import type { DirectoryEvent, Outcome } from './directory.ts'
import type { Claim, DirectoryRow } from './row.ts'

/** What a watch tells, in the order of commits: a `snapshot`, then what happens after it, and `ended` when the store can tell no more. */
export type WatchEvent =
  | { readonly type: 'snapshot'; readonly counter: number; readonly rows: readonly DirectoryRow[] }
  | DirectoryEvent
  | { readonly type: 'ended' }

/** Called for each event of a watch; it must neither throw nor wait. */
export type WatchListener = (event: WatchEvent) => void

/** A watch under way. */
export interface Watch {
  /** Nothing is told any more once this returns. Idempotent. */
  close(): void
}

/**
 * Keeps the rows. Every call rejects when the store cannot tell (`closed` after `close`); what a client must be told is an {@link Outcome}.
 *
 * A row that is due is never shown, nor counted as present by a write. `ifMatch` is the revision the client believes in; left out, any.
 */
export interface DiscoveryStore {
  /** `created`, `exists` or `full`. It never overwrites. */
  create(name: string, claim: Claim): Promise<Outcome>
  /** `refreshed`, `missing` or `mismatch`. Neither the counter nor the revision moves. */
  refresh(name: string, peerCount: number, ifMatch?: number): Promise<Outcome>
  /** `rotated`, `missing` or `mismatch`. */
  rotate(name: string, claim: Claim, ifMatch?: number): Promise<Outcome>
  /** `deleted`, `missing` or `mismatch`. */
  delete(name: string, ifMatch?: number): Promise<Outcome>
  get(name: string): Promise<DirectoryRow | undefined>
  /** All rows, newest first. */
  list(): Promise<readonly DirectoryRow[]>
  /**
   * Watches the row of that name, which need not exist, or with `undefined` all rows. The snapshot comes first, then every later commit exactly once, in
   * order. Failover waits for these events: they must not wait for a poll.
   */
  watch(name: string | undefined, listener: WatchListener): Promise<Watch>
  /** Ends every watch with `ended` and lets go of timers and connections. Idempotent. */
  close(): Promise<void>
}
