/**
 * The seam between the cluster engine (who decides) and the libp2p node (which carries).
 *
 * The engine calls `PeerRuntime`; what arrives from peers comes back through `RuntimeHandlers`, already decoded, bounded and
 * attributed to the sender that the connection's handshake proved. The runtime decides nothing: it reports facts, and declares no peer lost.
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
import type { PeerContact } from './contact.ts'

/** A peer and where it can be dialled (multiaddr strings; empty: it can only dial us). */
export interface PeerAddresses {
  readonly peerId: string
  readonly multiaddrs: readonly string[]
  /** The Discovery row names it as Manager, at one of these addresses: it is dialled at once, however often. Default: no. */
  readonly manager?: boolean
  /** It is a follower, and so are we: of two such the one with the lower peer id dials the other, within a second. Default: no, it is dialled at once. */
  readonly fellow?: boolean
}

/**
 * Facts about members.
 *
 *   connected, disconnected      the first connection is open; the last one is closed
 *   seen                         bytes of a protocol of ours have come, other than heartbeats; told once a beat
 *   process-gone                 its process has ended: it closed the last connection, and nothing listens any more where we have reached it
 *   heartbeat-received           with the reading of our session clock when it arrived, ns
 *   ntp-sample-observed          a heartbeat has echoed one of ours: one measurement of the peer's clock
 *   heartbeat-stream-closed      a carrier has ended or could not be opened; ours is opened again
 *   heartbeat-write-stalled      the transport has not taken a heartbeat for so long, ms
 */
export type LivenessEvent =
  | { readonly type: 'connected'; readonly peerId: string }
  | { readonly type: 'disconnected'; readonly peerId: string }
  | { readonly type: 'seen'; readonly peerId: string }
  | { readonly type: 'process-gone'; readonly peerId: string }
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

/**
 * What the runtime asks of its owner: a handler for each one-shot protocol, and two reports. A handler that throws or rejects leads to the same outcome as one
 * that never answers.
 */
export interface RuntimeHandlers extends OneShotHandlers {
  /** Something has happened with a member. */
  liveness(event: LivenessEvent): void
  /** The acknowledgement of a leave has been sent: now the peer may be removed from the members. */
  leaveAcknowledged(peerId: string): void
}

/** What goes into our heartbeats; the runtime invents no clock. */
export interface HeartbeatSource {
  readonly clockId: string
  readonly clockHash: string
  /** The smallest step of `nowNs`, ns. */
  readonly resolutionNs: bigint
  /** The session clock, ns. */
  nowNs(): bigint
  /** The wall clock, ns since 1970. */
  utcNowNs(): bigint
  /** What we advertise as Manager; `undefined`: nothing. */
  domainClock(): DomainClockAdvertisement | undefined
  /** The document that we hold as a follower; `undefined`: left out. */
  membershipVersion(): { readonly epoch: number; readonly version: number } | undefined
  /** Which process of this identity we are; `undefined`: left out. */
  instance(): string | undefined
}

/** A member's session clock, and the samples that bound its offset best. */
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

/** Peers that have become members, and that are none any more. */
export interface AllowListChange {
  readonly added: readonly string[]
  readonly removed: readonly string[]
}

/**
 * The runtime's commands; the questions and messages of the one-shot protocols are among them ({@link OneShots}).
 *
 * After `shutdown` commands throw or reject with `runtime-unavailable`; what only tells something goes on to tell it.
 */
export interface PeerRuntime extends OneShots, AsyncDisposable {
  /** Base58 peer id of the swarm. */
  readonly localPeerId: string
  /** Full replacement, applied as a diff and in force when it returns. @throws RuntimeError 'runtime-unavailable' */
  setAllowedPeers(members: readonly PeerAddresses[]): AllowListChange
  /** Peers to open a heartbeat carrier to, as far as they are connected members. */
  setHeartbeatTargets(peerIds: readonly string[]): void
  /** Dial an allowed peer at once, whatever the redial backoff says; outcome: a `connected` event, or the redial schedule. */
  dialNow(peerId: string): void
  /** While it is on, members that are not connected are dialled every second, without a backoff: we have lost the cluster, or our address. Off at first. */
  hurry(mode: 'on' | 'off'): void
  /** The kinds of address that our transports can dial. */
  dialKinds(): AddressKind[]
  /** What the last dial of an allowed peer failed of, or is waiting for; `undefined` once connected. */
  dialFailure(peerId: string): Error | undefined
  /** Those of a peer's addresses that our transports can dial, the best first, at most 16; what would never be dialled is left out. */
  dialable(peerId: string, multiaddrs: readonly string[]): string[]
  /** Where several connections lead to a peer, two processes may be behind them: use another one from now on, for the heartbeat carrier at once. */
  switchConnection(peerId: string): void
  /** Whether a connection to the peer is open; after `shutdown` none is. */
  isConnected(peerId: string): boolean
  /** Every peer with an open connection, members or not. */
  connectedPeers(): string[]
  /** How a connected peer is reached, and when it was last heard; `undefined`: it is not connected. */
  contact(peerId: string): PeerContact | undefined
  /** Resolves to how long the way to a member and back takes, ms; it is dialled, if need be. @throws RequestError 'open-stream'; `signal.reason` */
  ping(peerId: string, options?: CallOptions): Promise<number>
  /** Resolves once connected; rejects with `signal.reason`. The wait has no deadline of its own. */
  waitConnected(peerId: string, options?: CallOptions): Promise<void>
  /** Asks for a member's clock `rounds` times in a row, as fast as it answers (`/auki/clock/0.0.1`). @throws RequestError, also where it does not speak that */
  requestClock(peerId: string, options: CallOptions & { readonly rounds: number }): Promise<ClockRounds>
  /** Reads a log of a member (`/auki/stream/0.2.0`). @throws OpenStreamError; the caller's `signal.reason` */
  openStream<K extends PayloadKind>(
    peerId: string,
    request: StreamRequest,
    kind: K,
    options?: OpenStreamOptions
  ): Promise<StreamSubscription<K>>
  /** Ends the streams that members read from us, who are told `producer_shutting_down`; new ones are declined. Resolves after 100 ms at most. */
  endStreams(): Promise<void>
  /** The streams that members read from us, and how far each has come. */
  outboundStreams(): OutboundStream[]
  /**
   * Connects to a relay and makes a reservation there, which is made again when it is lost; resolves to our address through the relay. At most `timeoutMs`.
   *
   * @throws RequestError 'timeout' | 'open-stream'; the caller's `signal.reason`.
   */
  reserveRelayCircuitAddr(relayMultiaddr: string, options: CallOptions & { readonly timeoutMs: number }): Promise<string>
  /** The relays that the cluster names: where a place may be taken while nobody can dial us. */
  setRelayHints(relayMultiaddrs: readonly string[]): void
  /** The relays at which we have a place now. */
  heldRelays(): string[]
  /** Ends streams, substreams, carriers and the node. Idempotent. Takes up to 100 ms for streams to be told, and 500 ms for connections to close. */
  shutdown(): Promise<void>
}
