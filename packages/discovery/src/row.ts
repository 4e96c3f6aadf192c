/**
 * A row: one cluster as Discovery knows it, and its one spelling in JSON.
 *
 * Rows are never changed in place. A new stamp is a new object, so the text of a row can be remembered beside it: the answer to a refresh, the list and
 * every watcher's event then share one piece of work.
 */
import { stringifyJson } from '@auki/canonical'

/** What a peer that creates or takes over a row says about itself. */
export interface Claim {
  /** Base58 peer id of the Manager to be. */
  readonly managerPeerId: string
  /** Multiaddr strings, at most 16 of at most 512 characters. */
  readonly managerMultiaddrs: readonly string[]
  /** Multiaddr strings of relays, same limits; often empty. */
  readonly relayMultiaddrs: readonly string[]
  /** Opaque text of at most 64 characters that tells two processes of one identity apart; `''` when none was given. */
  readonly instance: string
}

/** One cluster as Discovery knows it: who is Manager, since which revision, and when it was last stamped. Immutable. */
export interface DirectoryRow extends Claim {
  /** `^[A-Za-z0-9_-]{1,64}$`. */
  readonly name: string
  /** u32: members as the Manager last counted them. */
  readonly peerCount: number
  /** Unix ns of the create. */
  readonly createdNs: bigint
  /** Unix ns of the last create, rotate or liveness check. */
  readonly lastLivenessCheckNs: bigint
  /** The directory's counter when this row was last created or rotated: one revision is one reign. */
  readonly revision: number
  /** How long the row lives after a stamp, ms. */
  readonly sweepAfterMs: number
}

const texts = new WeakMap<DirectoryRow, string>()

/** The row as the JSON object that goes over the wire (snake_case keys, 64-bit integers as digits). */
export function rowText(row: DirectoryRow): string {
  const known = texts.get(row)
  if (known !== undefined) return known
  const text = stringifyJson({
    name: row.name,
    manager_peer_id: row.managerPeerId,
    manager_multiaddrs: [...row.managerMultiaddrs],
    relay_multiaddrs: [...row.relayMultiaddrs],
    peer_count: row.peerCount,
    created_ns: row.createdNs,
    last_liveness_check_ns: row.lastLivenessCheckNs,
    revision: row.revision,
    sweep_after_ms: row.sweepAfterMs,
    instance: row.instance
  })
  texts.set(row, text)
  return text
}

/** Rows as a JSON array, in the order given. */
export function rowsText(rows: readonly DirectoryRow[]): string {
  return `[${rows.map(rowText).join(',')}]`
}
