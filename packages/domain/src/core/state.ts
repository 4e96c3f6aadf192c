/**
 * Everything a peer remembers about its cluster. Plain data: state plus event log is a complete bug report.
 */
import type { ClusterDocument, DocumentVersion } from './document.ts'
import type { BootstrapFailure, Member, Now, PeerId, Row } from './events.ts'
import type { Settings } from './settings.ts'

/** What never changes after the start. */
export interface Self {
  readonly peerId: PeerId
  readonly multiaddrs: readonly string[]
  /** Tells two processes with one identity apart; drawn anew for each bootstrap. */
  readonly instance: string
  readonly observer: boolean
  /** An app's gate is asked about each JoinRequest. */
  readonly gated: boolean
}

export type Target =
  | { readonly kind: 'create' | 'join' | 'joinOrCreate'; readonly name: string }
  | { readonly kind: 'mostRecentOrCreate'; readonly fallbackName: string }

/** A question under way: its number, when it was sent, and when (monotonic ms) it counts as unanswered. */
export interface Ask {
  readonly no: number
  readonly sentAt: Now
  readonly until: number
}

/** Proof of the role: counted from when the proof was asked for. */
export interface Lease {
  readonly sentAt: Now
  readonly lifeMs: number
}

// ── roles ────────────────────────────────────────────────────────────────────────────────────────────────────────────────

export interface JoinAttempt {
  readonly peer: PeerId
  /** The floor when the JoinRequest was sent: a greater document adopted meanwhile stays. */
  readonly floorAtSend?: DocumentVersion
  readonly phase: { readonly kind: 'connecting'; readonly until: number } | { readonly kind: 'asking'; readonly no: number; readonly until: number }
}

export type BootstrapStep =
  | { readonly kind: 'reading'; readonly ask: Ask }
  | { readonly kind: 'creating'; readonly ask: Ask; readonly name: string }
  | { readonly kind: 'claiming'; readonly ask: Ask }
  | { readonly kind: 'joining'; readonly row: Row; readonly attempt: JoinAttempt; readonly read?: Ask; readonly pollAt: number }
  | { readonly kind: 'pausing'; readonly until: number }

export interface Starting {
  readonly kind: 'starting'
  readonly target: Target
  readonly deadlineAt: number
  readonly step: BootstrapStep
  readonly round: number
  /** The row seen last in this bootstrap. */
  readonly row?: Row
  /** The row once showed more than one peer: its members come first when it goes. */
  readonly severalSeen: boolean
  /** When the row was first found gone (monotonic ms). */
  readonly goneAt?: number
  /** Discovery has answered once: from now on trouble is waited out. */
  readonly answered: boolean
  /** A create of ours may have been committed although its answer never came. */
  readonly createUnknown: boolean
  readonly failure?: BootstrapFailure
}

export type TickQuestion = 'refresh' | 'read' | 'create'

export interface Tick {
  readonly nextAt: number
  readonly ask?: Ask & { readonly what: TickQuestion }
  /** Liveness checks no longer waited for whose 200 would still renew. */
  readonly late: readonly { readonly no: number; readonly sentAt: Now }[]
  /** When Discovery last answered anything (monotonic ms). */
  readonly answeredAt: number
}

export interface Managing {
  readonly kind: 'managing'
  /** The row's revision we hold; `undefined` on the reference's Discovery. */
  readonly revision: number | undefined
  readonly lease: Lease | undefined
  readonly tick: Tick
  /** Members evicted lately, to tell their loss from our own. */
  readonly losses: readonly { readonly observer: boolean; readonly at: number }[]
}

export interface Rejoin {
  readonly row: Row
  readonly attempt?: JoinAttempt
  readonly failures: number
  /** When to try again, where no attempt is under way. */
  readonly retryAt: number
}

export interface Unsettled {
  /** The Manager that was lost or displaced: no candidate, and removed at promotion unless still heard. */
  readonly former?: PeerId
  /** Candidates whose turn is over in this round. */
  readonly turns: readonly PeerId[]
  readonly next: { readonly kind: 'recheck' | 'turn' | 'settle'; readonly at: number }
  /** A heartbeat of the Manager settles: the row names it under our document's reign. */
  readonly heartbeatSettles: boolean
}

/** We gave the row up because we were probably cut off. */
export interface GaveUp {
  readonly deletedAt: number
  /** Since when the row is gone, as far as we know. */
  readonly goneAt?: number
}

export interface Following {
  readonly kind: 'following'
  readonly slot: PeerId | undefined
  readonly read?: Ask
  readonly commit?: { readonly what: 'create' | 'claim'; readonly ask: Ask; readonly former?: PeerId }
  /** The number of a DELETE of ours under way. */
  readonly deleting?: Ask
  readonly unsettled?: Unsettled
  readonly rejoin?: Rejoin
  readonly gaveUp?: GaveUp
}

export type LeaveStep =
  | { readonly kind: 'deleting'; readonly ask: Ask }
  | { readonly kind: 'handing-over'; readonly ask: Ask; readonly successor: Member }
  | { readonly kind: 'waiting'; readonly successor: PeerId; readonly revision: number }
  | { readonly kind: 'goodbye'; readonly no: number }

export interface Leaving {
  readonly kind: 'leaving'
  readonly slot: PeerId | undefined
  readonly deadlineAt: number
  readonly step: LeaveStep
}

export interface Ended {
  readonly kind: 'ended'
  readonly slot: PeerId | undefined
}

export type Role = Starting | Managing | Following | Leaving | Ended

// ── the rest ─────────────────────────────────────────────────────────────────────────────────────────────────────────────

/** What we know of one peer's life. Times are monotonic ms. */
export interface Contact {
  /** Last heartbeat, watched or not. */
  readonly heardAt?: number
  /** Last sign of life since we watch it; missing: not watched. */
  readonly lastSeen?: number
  readonly lost: boolean
  /** How much of its silence the local-health guard has forgiven. */
  readonly forgivenMs: number
  /** The document its heartbeats show. */
  readonly shows?: DocumentVersion
  /** When the document is repeated to it, and when that was last hurried. */
  readonly repeatAt?: number
  readonly hurriedAt?: number
}

/** The newest row seen, by revision; `row` missing: it was gone. */
export interface NewestRow {
  readonly revision: number
  readonly row?: Row
  /** When it was seen (monotonic ms). */
  readonly seenAt: number
}

export interface Admission {
  readonly ticket: number
  readonly peer: PeerId
  readonly multiaddrs: readonly string[]
  readonly observer: boolean
  /** `admitPeer` of our own app: refuses a member, is answered to the app. */
  readonly local: boolean
  readonly until: number
  readonly stage: 'gate' | 'queued' | 'committing'
}

export interface Gossip {
  /** The allow-list update an admission waits for. */
  readonly lastPushAt: number
  /** A push is due then: changes that came too soon after the last one. */
  readonly pushAt?: number
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
  readonly newest?: NewestRow
  readonly watchUp: boolean
  readonly watchOpen: boolean
  readonly discoveryLost: boolean
  readonly contacts: ReadonlyMap<PeerId, Contact>
  readonly connected: ReadonlySet<PeerId>
  readonly scanAt: number
  /** Suspects whose verdict waits for the event loop to turn once. */
  readonly verdict?: { readonly no: number; readonly suspects: readonly PeerId[] }
  readonly gossip: Gossip
  readonly admissions: readonly Admission[]
  /** The allow-list update that the committing admission waits for. */
  readonly committingNo?: number
  readonly departing: readonly { readonly peer: PeerId; readonly until: number }[]
  /** A document whose author the newest row did not name yet: judged again after the next read. */
  readonly pending?: { readonly peer: PeerId; readonly author: PeerId; readonly membershipJson: string }
  /** When each kind of peer-made request was last granted (monotonic ms). */
  readonly urged: Readonly<Partial<Record<UrgedKind, number>>>
  /** What the app was last told, to announce changes only. */
  readonly told: { readonly role?: string; readonly manager?: PeerId; readonly members: readonly PeerId[] }
}

export type UrgedKind = 'handover' | 'floor' | 'author' | 'liveness' | 'delete'
