/**
 * The seam between the cluster engine (who decides) and the libp2p node (which carries).
 *
 * The engine calls `PeerRuntime`; what arrives from peers comes back through `RuntimeHandlers`, already decoded, bounded and
 * attributed to the sender that the connection's handshake proved. The runtime keeps no opinion: it reports facts, it declares nobody dead.
 */

import type { PayloadKind } from '@auki/datatypes'
import type { ResourceEntry } from '@auki/session'
import type { ClockSample, TimeStep } from '@auki/time'
import type { CallOptions } from '../protocols/call-options.ts'
import type { DomainClockAdvertisement, HeartbeatFrame } from '../protocols/heartbeat.ts'
import type { OneShotHandlers, OneShots } from '../protocols/one-shots.ts'
import type { StreamRequest } from '../protocols/stream-types.ts'
import type { OpenStreamOptions, OutboundStream, StreamSubscription } from '../streams/stream-api.ts'
import type { AddressKind } from '../swarm/address-parts.ts'

/** A peer and where it can be dialled (multiaddr strings; empty: it can only dial us). */
export interface PeerAddresses {
  readonly peerId: string
  readonly multiaddrs: readonly string[]
  /** The Discovery row names it as Manager, at one of these addresses: it is dialled at once, however often. Default: no. */
  readonly manager?: boolean
}

/** Facts about members, as the runtime sees them. */
export type LivenessEvent =
  | { readonly type: 'connected'; readonly peerId: string }
  | { readonly type: 'disconnected'; readonly peerId: string }
  | { readonly type: 'heartbeat-received'; readonly peerId: string; readonly heartbeat: HeartbeatFrame; readonly receivedAtClockNs: bigint }
  | {
      readonly type: 'ntp-sample-observed'
      readonly peerId: string
      readonly localClockId: string
      readonly localClockHash: string
      readonly remoteClockId: string
      readonly remoteClockHash: string
      readonly sample: ClockSample
    }
  | { readonly type: 'heartbeat-stream-closed'; readonly peerId: string }
  | { readonly type: 'heartbeat-write-stalled'; readonly peerId: string; readonly waitedMs: number }

/** What the runtime asks of its owner. A handler that throws or rejects leads to the same outcome as one that never answers. */
export interface RuntimeHandlers extends OneShotHandlers {
  liveness(event: LivenessEvent): void
  /** The acknowledgement of a leave is on the wire: now the peer may be dropped. */
  leaveAcknowledged(peerId: string): void
}

/** What goes into our heartbeats; the runtime invents no clock. */
export interface HeartbeatSource {
  readonly clockId: string
  readonly clockHash: string
  /** The smallest step of `nowNs`. */
  readonly resolutionNs: bigint
  nowNs(): bigint
  utcNowNs(): bigint
  domainClock(): DomainClockAdvertisement | undefined
  membershipVersion(): { readonly epoch: number; readonly version: number } | undefined
  /** Which process of this identity we are; `undefined`: left out. */
  instance(): string | undefined
}

/** A member's session clock, and the samples of it that say most. */
export interface ClockRounds {
  readonly clockId: string
  readonly clockHash: string
  readonly samples: readonly ClockSample[]
}

/** What a session shows of itself to the network, which otherwise knows no session: own logs and materialised ones. */
export interface SessionHandle {
  catalog(): ResourceEntry[]
  /** Whether it is over: streams of its logs then end with `session_ended`. Default: no. */
  readonly ended?: boolean
  /** How clocks relate by what the session has recorded. Default: nothing. */
  readonly timeSteps?: readonly TimeStep[]
}

export interface AllowListChange {
  readonly added: readonly string[]
  readonly removed: readonly string[]
}

/** The runtime's commands. After `shutdown` every one of them throws or rejects with `runtime-unavailable`, except `connectedPeers`. */
export interface PeerRuntime extends OneShots, AsyncDisposable {
  readonly localPeerId: string
  /** Full replacement, applied as a diff and in force when it returns. @throws RuntimeError 'runtime-unavailable' */
  setAllowedPeers(members: readonly PeerAddresses[]): AllowListChange
  /** Peers to open a heartbeat carrier to, as far as they are connected members. */
  setHeartbeatTargets(peerIds: readonly string[]): void
  /** Dial an allowed peer at once, whatever the redial backoff says; outcome: a `connected` event, or the redial schedule. */
  dialNow(peerId: string): void
  /** The kinds of address that our transports can dial. */
  dialKinds(): AddressKind[]
  /** What the last dial of an allowed peer failed of, or is waiting for; `undefined` once connected. */
  dialFailure(peerId: string): Error | undefined
  /** Those of a peer's addresses that our transports can dial, the best first, at most 16; what would never be dialled is left out. */
  dialable(peerId: string, multiaddrs: readonly string[]): string[]
  /** Where several connections lead to a peer, two processes may be behind them: use another one from now on, for the heartbeat carrier at once. */
  switchConnection(peerId: string): void
  isConnected(peerId: string): boolean
  connectedPeers(): string[]
  /** Resolves once connected; rejects with `signal.reason`. The wait has no deadline of its own. */
  waitConnected(peerId: string, options?: CallOptions): Promise<void>
  /** Ask for a member's clock `rounds` times in a row, as fast as it answers (`/auki/clock/0.0.1`). @throws RequestError, also where it does not speak that */
  requestClock(peerId: string, options: CallOptions & { readonly rounds: number }): Promise<ClockRounds>
  /** Reads a log of a member. @throws OpenStreamError */
  openStream<K extends PayloadKind>(
    peerId: string,
    request: StreamRequest,
    kind: K,
    options?: OpenStreamOptions
  ): Promise<StreamSubscription<K>>
  /** Ends the streams that members read from us, who are told `producer_shutting_down`; new ones are declined. Resolves after 100 ms at most. */
  endStreams(): Promise<void>
  /** Where each stream stands that members read from us. */
  outboundStreams(): OutboundStream[]
  /** Connect to a relay, identify, listen on `<relay>/p2p-circuit`; resolves to our circuit address as the relay sees it. */
  reserveRelayCircuitAddr(relayMultiaddr: string, options: CallOptions & { readonly timeoutMs: number }): Promise<string>
  /** Idempotent and shared; ends substreams, carriers and the node. */
  shutdown(): Promise<void>
}
