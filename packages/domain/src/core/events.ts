/**
 * What can happen to a peer: one half of the vocabulary between the core and the world. The other is in `effect.ts`.
 *
 * Answers carry the number (`no`) of their question. Whatever comes from a peer was decoded, bounded and attributed to its
 * authenticated sender before it became an event.
 */

import type { JoinRefused } from '@auki/network'
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
  /** `seen`: it sent something of the cluster's protocols other than heartbeats; told once a beat. */
  | { readonly type: 'connected' | 'disconnected' | 'heartbeat-stream-closed' | 'seen'; readonly peer: PeerId }
  /** It hung up, and nobody answers any more where it was reached: its process has most likely ended. */
  | { readonly type: 'process-gone'; readonly peer: PeerId }
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
  /** Whether a witness sees the suspect it was asked about; no answer in time is a no. */
  | { readonly type: 'witness-answered'; readonly no: number; readonly peer: PeerId; readonly seen: boolean }
  // the app
  | { readonly type: 'admit-called'; readonly ticket: number; readonly peer: PeerId; readonly multiaddrs: readonly string[] }
  | { readonly type: 'leave-called' }
  /** Cut the courtesy short: an aborted `leave`. */
  | { readonly type: 'leave-hurried' }
  /** Where we can be reached from now on; those of the start came with the state. */
  | { readonly type: 'addresses-set'; readonly multiaddrs: readonly string[] }
  // this machine
  | { readonly type: 'loop-lagged'; readonly ms: number }
  | { readonly type: 'loop-turned'; readonly no: number }
  | { readonly type: 'clock-jumped' }
