/**
 * Everything a peer remembers about its cluster. Plain data: state plus event log is a complete bug report.
 */
import type { Contacts } from './contact-book.ts'
import type { ClusterDocument, ClusterMember, DocumentVersion } from './document.ts'
import type { Now, PeerId, RoleName, Row } from './events.ts'
import type { KnownProcess } from './instances.ts'
import type { PeerSet } from './peer-set.ts'
import type { Rival } from './rival.ts'
import type { Settings } from './settings.ts'
import type { JoinAttempt, Starting } from './starting.ts'
import type { Timers } from './timers.ts'

export type { BootstrapStep, JoinAttempt, Starting } from './starting.ts'

/** What never changes after the start. */
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

/** A question under way: its number, and when it was sent. A timer says when it counts as unanswered. */
export interface Ask {
  readonly no: number
  readonly sentAt: Now
}

/** Proof of the role: counted from when the proof was asked for. */
export interface Lease {
  readonly sentAt: Now
  readonly lifeMs: number
  /** Seen to have run out: it stays so, even if the wall clock steps back. */
  readonly over: boolean
}

// ── roles ────────────────────────────────────────────────────────────────────────────────────────────────────────────────

export type TickQuestion = 'refresh' | 'read' | 'create' | 'rotate'

export interface Managing {
  readonly kind: 'managing'
  /** The row's revision we hold; `undefined` on the reference's Discovery. */
  readonly revision: number | undefined
  readonly lease: Lease | undefined
  /** The question to Discovery under way: one at a time. */
  readonly ask: (Ask & { readonly what: TickQuestion }) | undefined
  /** Liveness checks and claims no longer waited for whose 200 would still renew. */
  readonly late: readonly (Ask & { readonly what: TickQuestion })[]
  /** The row was found missing: what is due is a create. */
  readonly missing: boolean
  /** When Discovery last answered anything (monotonic ms). */
  readonly answeredAt: number
  /** Members evicted lately, to tell their loss from our own. */
  readonly losses: readonly { readonly heir: boolean; readonly at: number }[]
  readonly rivals: readonly Rival[]
}

/** Getting back behind the Manager that the row names. */
export interface Rejoin {
  readonly peer: PeerId
  readonly multiaddrs: readonly string[]
  /** The row's revision that named it. */
  readonly revision: number | undefined
  /** Missing: the next one waits for its time. */
  readonly attempt: JoinAttempt | undefined
  readonly failures: number
}

/** What a follower without a Manager remembers from one look at the row to the next. */
export interface Search {
  /** The Manager that was lost or displaced: no candidate, and removed at promotion unless still heard. */
  readonly former: PeerId | undefined
  /** Candidates whose turn is over in this round. */
  readonly turns: readonly PeerId[]
  /** The restarted Manager's revision whose document we waited a turn for. */
  readonly awaited: number | undefined
  /** Since when the row was seen absent, each time we looked (monotonic ms). */
  readonly absentAt: number | undefined
}

/** How a follower stands to the Manager. Its timer `stance` ends every one but the first. */
export type Stance =
  | { readonly kind: 'settled' }
  /** The row is looked at again in a while; `heartbeatSettles`: it named our Manager under our document's reign, who only has to be heard. */
  | (Search & { readonly kind: 'looking'; readonly heartbeatSettles: boolean })
  /** A turn: for a candidate to take the row, or for the document of a Manager that restarted. */
  | (Search & { readonly kind: 'waiting' })
  /** The row is gone: what is under way may still arrive, then the first candidate is chosen. */
  | (Search & { readonly kind: 'electing' })
  /** Enough turns were given: everybody creates. */
  | (Search & { readonly kind: 'open' })
  /** We gave the row up because we were probably cut off. `goneAt`: since when it is gone, as far as we know; `deleting`: our DELETE under way. */
  | { readonly kind: 'gave-up'; readonly goneAt: number | undefined; readonly deleting: number | undefined }

export interface Following {
  readonly kind: 'following'
  readonly slot: PeerId | undefined
  readonly stance: Stance
  /** The row is being read; `again`: something new asks for it meanwhile. */
  readonly read: (Ask & { readonly again: boolean }) | undefined
  /** A document whose author the newest row did not name yet: judged again after the next read. */
  readonly pending: PendingDocument | undefined
  /** Our write under way: everything waits for its answer. */
  readonly commit: (Ask & { readonly what: 'create' | 'claim' }) | undefined
  readonly rejoin: Rejoin | undefined
}

export interface PendingDocument {
  readonly author: PeerId
  readonly document: ClusterDocument
}

export type LeaveStep =
  /** A create of ours may still be committed: then it is deleted. */
  | { readonly kind: 'undoing'; readonly no: number }
  | { readonly kind: 'deleting'; readonly no: number }
  | { readonly kind: 'handing-over'; readonly no: number; readonly successor: PeerId }
  /** The successor's document is waited for: not long once the row shows its reign. */
  | { readonly kind: 'waiting'; readonly successor: PeerId; readonly revision: number }
  | { readonly kind: 'goodbye'; readonly no: number }

export interface Leaving {
  readonly kind: 'leaving'
  readonly slot: PeerId | undefined
  /** When the courtesy is over (monotonic ms). */
  readonly deadlineAt: number
  readonly step: LeaveStep
}

export interface Ended {
  readonly kind: 'ended'
  readonly slot: PeerId | undefined
}

export type Role = Starting | Managing | Following | Leaving | Ended
export type RoleOf<K extends Role['kind']> = Extract<Role, { readonly kind: K }>

// ── the rest ─────────────────────────────────────────────────────────────────────────────────────────────────────────────

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
  /** Our last write to Discovery (monotonic ms), whether it was the one of its interval, and how many were not: the next one's pause. */
  readonly writes: { readonly at: number; readonly regular: boolean; readonly extra: number }
  /** When the row was last claimed back from a rival, in whatever reign (monotonic ms). */
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
  }
}

export type UrgedKind = 'handover' | 'floor' | 'author' | 'liveness' | 'delete'
