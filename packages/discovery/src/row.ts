/** A row: one cluster as Discovery knows it. Rows are never changed in place: a new stamp is a new object, so whatever is made of one can be kept beside it. */

/** Who holds a row: the Manager, as it said of itself. */
export interface RowHolder {
  /** Base58 peer id of the Manager to be. */
  readonly managerPeerId: string
  /** Multiaddr strings, at most 16 of at most 512 characters. */
  readonly managerMultiaddrs: readonly string[]
  /** Multiaddr strings of relays, same limits; often empty. */
  readonly relayMultiaddrs: readonly string[]
  /** Opaque text of at most 64 characters that tells two processes of one identity apart; `''` when none was given. */
  readonly instance: string
}

/** What a peer that creates or takes over a row says: who it is, and how long the row shall live after a stamp. */
export interface Claim extends RowHolder {
  /** ms, 3 000 to 60 000; more than the store's maximum gives the maximum. Left out: what the store gives to a new row, and the life that a standing one has. */
  readonly rowLifeMs?: number | undefined
}

/** One cluster as Discovery knows it: who is Manager, since which revision, and when it was last stamped. Immutable. */
export interface DirectoryRow extends RowHolder {
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
  /** How long this row lives after a stamp, ms: rows live unequally long. */
  readonly sweepAfterMs: number
}
