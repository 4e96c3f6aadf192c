/** The five roles, and what exists only in each. */
import type { ClusterDocument } from './document.ts'
import type { Now, PeerId } from './events.ts'
import type { JoinAttempt, Starting } from './joining-state.ts'
import type { Written } from './own-addresses.ts'
import type { Revision } from './revision.ts'
import type { Rival } from './rival.ts'

/** A question under way: its number, and when it was sent. A timer says when it counts as unanswered. */
export interface Ask {
  readonly no: number
  readonly sentAt: Now
  /** Our addresses then: what a write said. */
  readonly said: readonly string[]
}

/** Proof of the role: counted from when the proof was asked for. */
export interface Lease {
  readonly sentAt: Now
  readonly lifeMs: number
  /** Seen to have run out: it stays so, even if the wall clock steps back. */
  readonly over: boolean
}

export type TickQuestion = 'refresh' | 'read' | 'create' | 'rotate'

/** A member that was not heard, and whom we still wait for to say whether they see it. */
export interface Doubt {
  readonly peer: PeerId
  readonly no: number
  /** Monotonic ms. */
  readonly askedAt: number
  readonly waitingFor: readonly PeerId[]
}

export interface Managing {
  readonly kind: 'managing'
  /** The row's revision we hold; `undefined` on the reference's Discovery. */
  readonly revision: Revision
  readonly lease: Lease | undefined
  /** When a member's document last showed a reign above ours (monotonic ms). */
  readonly contestedAt: number
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
  /** Members not heard, while others are asked about them. */
  readonly doubts: readonly Doubt[]
  /** The Manager before us, until it is heard in this reign. */
  readonly former: PeerId | undefined
  /** Join times of members evicted a moment ago, until (monotonic ms). */
  readonly remembered: readonly { readonly peer: PeerId; readonly joinTsNs: bigint; readonly until: number }[]
  readonly rivals: readonly Rival[]
  /** Our last write of our addresses that was answered; missing: none was. */
  readonly written: Written | undefined
}

/** Getting back behind the Manager that the row names. */
export interface Rejoin {
  readonly peer: PeerId
  readonly multiaddrs: readonly string[]
  /** The row's revision that named it. */
  readonly revision: Revision
  /** Missing: the next one waits for its time. */
  readonly attempt: JoinAttempt | undefined
  readonly failures: number
}

/** What a follower without a Manager remembers from one look at the row to the next. */
export interface Search {
  /** The Manager that was lost or displaced: no candidate after its turn, and marked at promotion until it is heard. */
  readonly former: PeerId | undefined
  /** Candidates whose turn is over in this round. */
  readonly turns: readonly PeerId[]
  /** The restarted Manager's revision whose document we waited a turn for. */
  readonly awaited: number | undefined
  /** Since when the row was seen absent, each time we looked (monotonic ms). */
  readonly absentAt: number | undefined
  /** We moved or slept: nothing settles but an Accept. */
  readonly anew: boolean
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
