/** What the clock machine knows, what it is told, and what it wants done. Plain data, as in the core. */
import type { PeerId } from '../core/events.ts'

/** What matters of the cluster. */
export interface ClockCluster {
  readonly clusterName: string
  readonly managerPeerId: PeerId | undefined
  /** The Manager whose clock we go by; `undefined` while we are none's follower, as when leaving. */
  readonly followedPeerId: PeerId | undefined
  readonly memberCount: number
  /** While a domain clock is to be continued: whether any member backs a known source of it. */
  readonly isBacked: boolean
}

/** A burst of this many readings, or the participant info, which has one. */
export type ClockRequest = number | 'info'

/** A clock that somebody wants measured. */
export interface Watch {
  readonly wantedBy: number
  /** How often it was looked at since it was new. */
  readonly looks: number
  /** When it last answered a burst since it was new; monotonic ms. */
  readonly readAt: number | undefined
  /** When to look next; monotonic ms. */
  readonly lookAt: number
  /** Whether the peer supports bursts; assumed until it says otherwise. */
  readonly speaksClock: boolean
  /** The request under way, and those to follow. */
  readonly asking: { readonly no: number; readonly rest: readonly ClockRequest[] } | undefined
}

export interface ClockState {
  readonly localPeerId: PeerId
  /** How long a new Manager waits for an estimate that lets it continue the domain clock; ms. */
  readonly domainRestartAfterMs: number
  readonly cluster: ClockCluster
  readonly watches: ReadonlyMap<PeerId, Watch>
  /** We are Manager and have yet to continue the domain clock. From this time on (monotonic ms) it starts anew once no member backs a source. */
  readonly restartAt: number | undefined
  /** Number of the last request. */
  readonly lastNo: number
}

export type ClockEvent =
  | { readonly type: 'cluster-changed'; readonly cluster: ClockCluster }
  | { readonly type: 'clock-wanted' | 'clock-unwanted'; readonly peer: PeerId }
  /** `unsupported`: the peer does not support bursts. */
  | { readonly type: 'clock-answered'; readonly peer: PeerId; readonly no: number; readonly outcome: 'read' | 'unsupported' | 'failed' }
  /** The machine was suspended or its clock set. */
  | { readonly type: 'clock-jumped' }
  /** The core decided what becomes of the domain clock that we advertise: a new timeline, the known one continued, or none. */
  | { readonly type: 'domain-clock'; readonly action: 'start' | 'inherit' | 'withdraw' }
  /** There is a new sample, of whichever clock. */
  | { readonly type: 'sample-taken' }
  /** The effect `inherit` succeeded. */
  | { readonly type: 'inherited' }
  | { readonly type: 'woken' }

export type ClockEffect =
  /** The outcome is `clock-answered`; the samples don't come this way. */
  | { readonly type: 'ask'; readonly peer: PeerId; readonly no: number; readonly request: ClockRequest }
  /** Earlier samples may be wrong by the time of the suspend. */
  | { readonly type: 'drop-samples' }
  /** Advertise a domain clock that starts at 0; the known one, if an estimate allows it; or none. */
  | { readonly type: 'start' | 'inherit' | 'withdraw' }
  | { readonly type: 'warn'; readonly text: string; readonly details: Readonly<Record<string, unknown>> }

/** One step's working copy of the state, and its effects so far. */
export interface ClockDraft extends ClockState {
  cluster: ClockCluster
  readonly watches: Map<PeerId, Watch>
  restartAt: number | undefined
  lastNo: number
  readonly nowMs: number
  readonly effects: ClockEffect[]
}

type EventOf<T extends ClockEvent['type']> = Extract<ClockEvent, { type: T }>

/** What is done about each event. */
export type ClockRules = { readonly [T in ClockEvent['type']]: (draft: ClockDraft, event: EventOf<T>) => void }
