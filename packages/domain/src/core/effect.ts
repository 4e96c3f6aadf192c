/** What the core can want done, and what it has to say: the other half of the vocabulary between the core and the world. */
import type { Refusal } from '@auki/network'
import type { ClusterDocument } from './document.ts'
import type { PeerId } from './events.ts'
import type { Revision } from './revision.ts'

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
  /** A member was let in once more; `newSession`: as far as is known another process than before. */
  | { readonly type: 'member-rejoined'; readonly peerId: PeerId; readonly newSession: boolean }
  /** We were: after a loss, a sleep or a move. */
  | { readonly type: 'rejoined' }
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
  /** It follows, and so do we: one of us dials the other, at leisure. */
  readonly fellow?: true
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
      readonly revision: Revision
      readonly peerCount: number
      readonly timeoutMs: number
    }
  /** `to` missing: to ourselves, with our addresses and instance. */
  | {
      readonly type: 'rotate-row'
      readonly no: number
      readonly name: string
      readonly revision: Revision
      readonly to?: Member
      readonly relayMultiaddrs: readonly string[]
      readonly timeoutMs: number
    }
  | {
      readonly type: 'delete-row'
      readonly no: number
      readonly name: string
      readonly revision: Revision
      readonly timeoutMs: number
    }
  | { readonly type: 'open-watch'; readonly name: string }
  | { readonly type: 'close-watch' }
  // the network
  /** In force before any later effect is performed. */
  | { readonly type: 'set-allowed'; readonly members: readonly AllowedMember[] }
  | { readonly type: 'set-targets'; readonly peers: readonly PeerId[] }
  | { readonly type: 'dial'; readonly peer: PeerId }
  /** `hasty`: members that are not connected are dialled every second, each time for a second; else with growing pauses. */
  | { readonly type: 'pace-dials'; readonly hasty: boolean }
  /** Two processes may be behind a peer's connections: use another one than so far, for the heartbeats at once. */
  | { readonly type: 'switch-connection'; readonly peer: PeerId }
  /** Answered by `join-answered`, unless abandoned. */
  | { readonly type: 'request-join'; readonly no: number; readonly peer: PeerId; readonly clusterName: string }
  | { readonly type: 'abandon'; readonly no: number }
  /** Answered by `leave-answered`. */
  | { readonly type: 'request-leave'; readonly no: number; readonly peer: PeerId }
  /** Each of `to` answers by `witness-answered`, at any time or never. */
  | { readonly type: 'ask-witnesses'; readonly no: number; readonly to: readonly PeerId[]; readonly suspect: PeerId }
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
