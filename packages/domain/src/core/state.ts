/**
 * Everything a peer remembers about its cluster. Plain data: state plus event log is a complete bug report.
 */
import type { Contacts } from './contact-book.ts'
import type { ClusterDocument, ClusterMember, DocumentVersion } from './document.ts'
import type { RoleName } from './effect.ts'
import type { PeerId, Row } from './events.ts'
import type { KnownProcess } from './instances.ts'
import type { PeerSet } from './peer-set.ts'
import type { Left } from './returns.ts'
import type { Role } from './role.ts'
import type { Settings } from './settings.ts'
import type { Timers } from './timers.ts'

/** Who we are. Only the addresses change after the start. */
export interface Self {
  readonly peerId: PeerId
  readonly multiaddrs: readonly string[]
  /** Tells two processes with one identity apart; drawn anew for each bootstrap. */
  readonly instance: string
  readonly observer: boolean
  /** What others call us; missing: we have no name. */
  readonly name?: string
  /** An app's gate is asked about each JoinRequest. */
  readonly gated: boolean
}

export type Target =
  | { readonly kind: 'create' | 'join' | 'joinOrCreate'; readonly name: string }
  | { readonly kind: 'mostRecentOrCreate'; readonly fallbackName: string }

/** What we know of one peer's life. Times are monotonic ms. */
export interface Contact {
  readonly peer: PeerId
  /** Last heartbeat, watched or not. */
  readonly heardAt: number | undefined
  /** The instance in its last heartbeat; empty: it did not say. */
  readonly heardAs: string
  /** Last sign of life since we watch it; missing: not watched. */
  readonly lastSeen: number | undefined
  /** How much of its silence the local-health guard has forgiven. */
  readonly forgivenMs: number
  /** Its process was found gone, and it has not connected since. */
  readonly gone: boolean
  /** The document its heartbeats show. */
  readonly shows: DocumentVersion | undefined
  /** When the document is repeated to it. */
  readonly repeatAt: number | undefined
  /** When it was last sent the document. */
  readonly pushedAt: number | undefined
  /** Which of its processes this Manager let in. */
  readonly process: KnownProcess | undefined
}

/** The newest row seen, by revision; `row` missing: it was gone. */
export interface NewestRow {
  readonly revision: number
  readonly row: Row | undefined
  /** When it was seen (monotonic ms). */
  readonly seenAt: number
}

/** Who asks to be let in. */
export interface Joiner {
  readonly ticket: number
  readonly peer: PeerId
  readonly multiaddrs: readonly string[]
  readonly observer: boolean
  /** Tells processes of one identity apart; empty: not said. */
  readonly instance: string
  readonly name?: string
}

/** The app's gate is asked about a joiner, and has until then to answer (monotonic ms). */
export interface Admission extends Joiner {
  readonly until: number
}

export interface State {
  readonly self: Self
  readonly settings: Settings
  readonly seed: number
  readonly nextNo: number
  /** Empty until a target without a name has found its cluster. */
  readonly clusterName: string
  readonly relayMultiaddrs: readonly string[]
  readonly role: Role
  readonly document: ClusterDocument
  /** No document at or below it is adopted; an unversioned one has no order. */
  readonly floor: DocumentVersion
  readonly adoptedAt: number
  readonly newest: NewestRow | undefined
  readonly watchUp: boolean
  readonly watchOpen: boolean
  readonly discoveryLost: boolean
  /** The network was told that everything is tried every second. */
  readonly hasty: boolean
  /** Our last write to Discovery (monotonic ms), whether it was the one of its interval, and how many were not: the next one's pause. */
  readonly writes: { readonly at: number; readonly regular: boolean; readonly extra: number }
  /** When a Manager last rotated its row to itself, in whatever reign (monotonic ms). */
  readonly claimedAt: number
  readonly contacts: Contacts
  readonly connected: PeerSet
  readonly timers: Timers
  /** Suspects whose verdict waits for the event loop to turn once. */
  readonly verdict: { readonly no: number; readonly suspects: readonly PeerId[] } | undefined
  /** When the document last went out to all members (monotonic ms). */
  readonly pushedAt: number
  readonly admissions: readonly Admission[]
  readonly departing: readonly { readonly peer: PeerId; readonly until: number }[]
  /** When each kind of peer-made request was last granted (monotonic ms). */
  readonly urged: Readonly<Partial<Record<UrgedKind, number>>>
  /** What the app was last told, to announce changes only. */
  readonly told: {
    readonly role: RoleName | undefined
    readonly manager: PeerId | undefined
    readonly peers: readonly ClusterMember[]
    readonly discoveryLost: boolean
    /** Members that left, the latest ones, for when they come back. */
    readonly left: readonly Left[]
  }
}

export type UrgedKind = 'handover' | 'floor' | 'author' | 'liveness' | 'delete' | 'answer'
