/**
 * What can happen to a peer, and what it can want done: the whole vocabulary between the core and the world.
 *
 * Answers carry the number (`no`) of their question. Whatever comes from a peer was decoded, bounded and attributed to its
 * authenticated sender before it became an event.
 */

import type { JoinRefused, Refusal } from '@auki/network'
import type { ClusterDocument } from './document.ts'

export type PeerId = string

/** Two clocks: `monoMs` never goes back but may stand still in a suspend; `wallNs` (unix ns) may jump. */
export interface Now {
  readonly monoMs: number
  readonly wallNs: bigint
}

/** The Discovery row, as the core needs it. `revision` is missing on the reference's Discovery. */
export interface Row {
  readonly name: string
  readonly manager: PeerId
  readonly multiaddrs: readonly string[]
  readonly relayMultiaddrs: readonly string[]
  readonly peerCount: number
  readonly revision?: number
  readonly sweepAfterMs?: number
  readonly instance: string
  /** `false`: none of the Manager's addresses is one that our transports can dial, and the row names no relay. Missing: not judged. */
  readonly dialable?: boolean
}

/** Discovery did not answer, or not in a way that says anything about the row. */
export interface Trouble {
  readonly kind: 'trouble'
  readonly reason: string
}

/** `next`: of all clusters, the newest whose Manager can be dialled, where `row` is none. */
export type ReadOutcome = { readonly kind: 'row'; readonly row: Row; readonly next?: Row } | { readonly kind: 'absent' } | Trouble
export type CreateOutcome = { readonly kind: 'created'; readonly row: Row } | { readonly kind: 'exists'; readonly row: Row } | Trouble
export type WriteOutcome =
  | { readonly kind: 'ok'; readonly row: Row }
  | { readonly kind: 'conflict'; readonly row: Row }
  | { readonly kind: 'absent' }
  | Trouble
export type JoinOutcome =
  | { readonly kind: 'accept'; readonly document: ClusterDocument }
  | ({ readonly kind: 'refused' } & JoinRefused)
  /** Accepted, with a document that can't be used. */
  | { readonly kind: 'invalid'; readonly reason: string }
  | { readonly kind: 'failed'; readonly reason: string; readonly timedOut: boolean }

export type GateVerdict = { readonly kind: 'ok' } | { readonly kind: 'refused'; readonly reason: string } | { readonly kind: 'failed' }

/** What a watch shows: how a row changed, or how it stands. */
export type WatchChange = 'created' | 'rotated' | 'swept' | 'deleted' | 'snapshot'

export type Event =
  | { readonly type: 'started' }
  /** The one alarm went off; spurious ones change nothing. */
  | { readonly type: 'woken' }
  // Discovery's answers
  | { readonly type: 'row-read'; readonly no: number; readonly outcome: ReadOutcome; readonly versioned: boolean }
  | { readonly type: 'row-created'; readonly no: number; readonly outcome: CreateOutcome }
  | { readonly type: 'row-refreshed'; readonly no: number; readonly outcome: WriteOutcome }
  | { readonly type: 'row-rotated'; readonly no: number; readonly outcome: WriteOutcome }
  | { readonly type: 'row-deleted'; readonly no: number; readonly outcome: { readonly kind: 'done' } | Trouble }
  // the watch on the row
  | { readonly type: 'watch-up' | 'watch-down' }
  | { readonly type: 'watch-snapshot'; readonly row?: Row }
  | { readonly type: 'watch-changed'; readonly change: Exclude<WatchChange, 'snapshot'>; readonly row: Row }
  // facts of the network
  | { readonly type: 'connected' | 'disconnected' | 'heartbeat-stream-closed'; readonly peer: PeerId }
  | {
      readonly type: 'heartbeat-received'
      readonly peer: PeerId
      readonly membership?: { readonly epoch: number; readonly version: number }
      readonly instance?: string
    }
  // peers ask, and answer
  | {
      readonly type: 'join-requested'
      readonly ticket: number
      readonly peer: PeerId
      readonly multiaddrs: readonly string[]
      readonly authorization: string
      readonly observer: boolean
      readonly instance?: string
      readonly name?: string
    }
  /** The joiner is gone or its time is over: a decision no longer reaches it. */
  | { readonly type: 'join-abandoned'; readonly ticket: number }
  | { readonly type: 'gate-answered'; readonly ticket: number; readonly verdict: GateVerdict }
  | { readonly type: 'join-answered'; readonly no: number; readonly outcome: JoinOutcome }
  | { readonly type: 'leave-requested'; readonly ticket: number; readonly peer: PeerId }
  | { readonly type: 'leave-acknowledged'; readonly peer: PeerId }
  | { readonly type: 'leave-answered'; readonly no: number }
  /** A push named who shall be Manager next; whatever else it held. */
  | { readonly type: 'handover-hinted'; readonly peer: PeerId }
  | { readonly type: 'document-received'; readonly peer: PeerId; readonly author: PeerId; readonly document: ClusterDocument }
  // the app
  | { readonly type: 'admit-called'; readonly ticket: number; readonly peer: PeerId; readonly multiaddrs: readonly string[] }
  | { readonly type: 'leave-called' }
  /** Cut the courtesy short: an aborted `leave`. */
  | { readonly type: 'leave-hurried' }
  // this machine
  | { readonly type: 'loop-lagged'; readonly ms: number }
  | { readonly type: 'loop-turned'; readonly no: number }
  | { readonly type: 'clock-jumped' }

/** Why a bootstrap did not end in a cluster; the variants of `BootstrapError` that the core decides on. */
export type BootstrapFailure =
  | { readonly code: 'discovery'; readonly question: 'read' | 'create' | 'claim'; readonly reason: string }
  | { readonly code: 'already-exists' | 'not-found' }
  /** Nobody could dial us, so a row of ours would lock everybody out; and no other came. */
  | { readonly code: 'unreachable-creator' }
  /** `manager`: whom the row named, where it was another. */
  | { readonly code: 'send-join'; readonly reason: string; readonly timedOut: boolean; readonly manager?: Member }
  | { readonly code: 'rejected'; readonly reason: string }
  | { readonly code: 'invalid-membership'; readonly reason: string }

export type AdmitAnswer =
  | { readonly kind: 'admitted'; readonly peer: PeerId }
  | { readonly kind: 'not-manager'; readonly manager: PeerId | undefined }
  | { readonly kind: 'already-member' }
  | { readonly kind: 'failed'; readonly refusal: Refusal }
  | { readonly kind: 'stopped' }

/** What an app hears: past-tense facts. */
export type Announcement =
  | { readonly type: 'manager-changed'; readonly managerPeerId: PeerId | undefined }
  | { readonly type: 'role-changed'; readonly role: RoleName }
  | { readonly type: 'member-joined' | 'member-left'; readonly peerId: PeerId }
  | { readonly type: 'discovery-lost' | 'discovery-regained' }
  /** We became Manager of a cluster that a gate admitted to, and have none: everybody is admitted from now on. */
  | { readonly type: 'gate-missing' }

/** `ended`: the presence is over. */
export type RoleName = 'manager' | 'headless' | 'follower' | 'unsettled' | 'ended'

export type LogLevel = 'debug' | 'info' | 'warn'

export interface Member {
  readonly peerId: PeerId
  readonly multiaddrs: readonly string[]
}

export interface AllowedMember extends Member {
  /** The row names it: reaching it can't wait. */
  readonly manager?: true
}

export type Effect =
  // Discovery. Each is answered by exactly one event with its number, `row-read`, `row-created`, … no later than `timeoutMs`.
  | { readonly type: 'read-row'; readonly no: number; readonly name: string; readonly timeoutMs: number }
  /** The newest row of all clusters, whatever its name. */
  | { readonly type: 'read-newest-row'; readonly no: number; readonly timeoutMs: number }
  | {
      readonly type: 'create-row'
      readonly no: number
      readonly name: string
      readonly relayMultiaddrs: readonly string[]
      readonly timeoutMs: number
    }
  | {
      readonly type: 'refresh-row'
      readonly no: number
      readonly name: string
      readonly revision: number | undefined
      readonly peerCount: number
      readonly timeoutMs: number
    }
  /** `to` missing: to ourselves, with our addresses and instance. */
  | {
      readonly type: 'rotate-row'
      readonly no: number
      readonly name: string
      readonly revision: number | undefined
      readonly to?: Member
      readonly relayMultiaddrs: readonly string[]
      readonly timeoutMs: number
    }
  | {
      readonly type: 'delete-row'
      readonly no: number
      readonly name: string
      readonly revision: number | undefined
      readonly timeoutMs: number
    }
  | { readonly type: 'open-watch'; readonly name: string }
  | { readonly type: 'close-watch' }
  // the network
  /** In force before any later effect is performed. */
  | { readonly type: 'set-allowed'; readonly members: readonly AllowedMember[] }
  | { readonly type: 'set-targets'; readonly peers: readonly PeerId[] }
  | { readonly type: 'dial'; readonly peer: PeerId }
  /** Two processes may be behind a peer's connections: use another one than so far, for the heartbeats at once. */
  | { readonly type: 'switch-connection'; readonly peer: PeerId }
  /** Answered by `join-answered`, unless abandoned. */
  | { readonly type: 'request-join'; readonly no: number; readonly peer: PeerId; readonly clusterName: string }
  | { readonly type: 'abandon'; readonly no: number }
  /** Answered by `leave-answered`. */
  | { readonly type: 'request-leave'; readonly no: number; readonly peer: PeerId }
  | { readonly type: 'push'; readonly to: readonly PeerId[]; readonly document: ClusterDocument; readonly handoverTo?: PeerId }
  // answers to peers and to the app
  | {
      readonly type: 'check-gate'
      readonly clusterName: string
      readonly ticket: number
      readonly peer: PeerId
      readonly authorization: string
      readonly name?: string
    }
  | {
      readonly type: 'answer-join'
      readonly ticket: number
      readonly answer:
        | { readonly kind: 'accept'; readonly document: ClusterDocument }
        | { readonly kind: 'refuse'; readonly refusal: Refusal }
    }
  | { readonly type: 'answer-leave'; readonly ticket: number; readonly acknowledged: boolean }
  | { readonly type: 'answer-admit'; readonly ticket: number; readonly answer: AdmitAnswer }
  // this machine
  /** Let the event loop turn once, then post `loop-turned`. */
  | { readonly type: 'turn-loop'; readonly no: number }
  /** What the domain clock does: start one, go on with the one known, stop advertising. */
  | { readonly type: 'domain-clock'; readonly action: 'start' | 'inherit' | 'withdraw' }
  // the app
  | { readonly type: 'joined' }
  | { readonly type: 'bootstrap-failed'; readonly failure: BootstrapFailure }
  | { readonly type: 'announce'; readonly announcement: Announcement }
  | {
      readonly type: 'log'
      readonly level: LogLevel
      readonly text: string
      readonly details: Readonly<Record<string, string | number | boolean>>
    }
  /** Nothing more will come: tear everything down. `deleteFailed`: the row could not be deleted. */
  | { readonly type: 'ended'; readonly why: 'left' | 'identity-in-use'; readonly deleteFailed?: string }
