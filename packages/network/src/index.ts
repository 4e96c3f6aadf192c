/**
 * `@auki/network`: a libp2p node that speaks the cluster's protocols, and a client of the Discovery service.
 *
 * It carries and reports; it decides nothing. Who is a member, who is Manager and who is lost is the business of `@auki/domain`, which is built on this.
 *
 *   createSwarm          a node: it listens, dials, encrypts. Most apps need no more of this package than this, and only to say where to listen.
 *   createRuntime        turns a swarm into a peer of a cluster. Its owner says who the members are; it keeps connected to them, exchanges heartbeats,
 *                        asks (`requestInfo`, `openStream`, …) and answers by the owner's `RuntimeHandlers`.
 *   StreamProvider       decides which logs members may read from us; `StreamSubscription` is what reading one gives.
 *   DiscoveryClient      reads and writes the rows of a Discovery service.
 *   addresses            `resolveAdvertiseMultiaddrs` finds out which addresses to announce, `watchAddresses` how they go on; `addressParts` takes one apart.
 *
 * The code has floors, and imports point down:
 *
 *   runtime/      members, dialling, heartbeats; puts everything together in `parts.ts`
 *   streams/      reading and serving logs
 *   exchange/     what both do with substreams: deadlines, backpressure, frames, caps
 *   swarm/        the libp2p node and addresses; in `patches/` what we change inside libp2p
 *   protocols/    the codec of each wire protocol and, of a one-shot protocol, the record that serves and asks: `@auki/network/protocols`
 *   discovery/    beside them: HTTP and no libp2p
 */
export { checkDiscoveryUrl, shownUrl } from './discovery/base-url.ts'
export type { DiscoveryClaim } from './discovery/claim.ts'
export { DiscoveryClient } from './discovery/client.ts'
export { DiscoveryClientError, type DiscoveryClientErrorCode } from './discovery/errors.ts'
export { isClusterName } from './discovery/name.ts'
export type { DiscoveryClusterEntry } from './discovery/row.ts'
export type {
  CreateResult,
  DiscoveryCallOptions,
  DiscoveryClientOptions,
  DiscoveryFlavour,
  ReadResult,
  WriteResult
} from './discovery/types.ts'
export type { DiscoveryWatch, DiscoveryWatchEvent } from './discovery/watch.ts'
export type { RuntimeLimits } from './exchange/env.ts'
export { RequestError, type RequestErrorCode, RuntimeError, type RuntimeErrorCode } from './exchange/exchange-errors.ts'
export type { CallOptions } from './protocols/call-options.ts'
export { CodecError, type CodecErrorCode } from './protocols/codec-errors.ts'
export type { DiagnosticMessage } from './protocols/diagnostic.ts'
export type { DomainClockAdvertisement, HeartbeatEcho, HeartbeatFrame } from './protocols/heartbeat.ts'
export type { ParticipantInfo } from './protocols/info.ts'
export type { JoinRequest, JoinResponse } from './protocols/join.ts'
export { type JoinRefused, type Refusal, readRefusal, refusalText } from './protocols/join-refusal.ts'
export type { MembershipUpdate } from './protocols/membership.ts'
export { type ClusterDocument, type DocumentVersion, decodeDocument, encodeDocument } from './protocols/membership-document.ts'
export { type ClusterMember, fitIntroduction, type Introduction } from './protocols/membership-entry.ts'
export { cleanName } from './protocols/names.ts'
export type { AskOptions, OneShotHandlers, OneShots } from './protocols/one-shots.ts'
export type { RegistryEnvelope, RegistryRequest } from './protocols/registries.ts'
export type { ResourcesRequest, ResourcesResponse } from './protocols/resources.ts'
export {
  type DeclineReason,
  type EndOfStream,
  type EndReason,
  emptyManifest,
  type ReceivedStreamRequest,
  type StreamGap,
  type StreamManifest,
  type StreamPriority,
  type StreamRequest
} from './protocols/stream-types.ts'
export type { PeerContact } from './runtime/contact.ts'
export type { RuntimeInit } from './runtime/init.ts'
export type {
  AllowListChange,
  ClockRounds,
  HeartbeatSource,
  LivenessEvent,
  PeerAddresses,
  PeerRuntime,
  RuntimeHandlers,
  SessionHandle
} from './runtime/peer-runtime.ts'
export type { RelayUse } from './runtime/relaying.ts'
export { createRuntime } from './runtime/runtime.ts'
export { EntrySource } from './streams/entry-source.ts'
export type { StreamNotice } from './streams/notices.ts'
export {
  type AcceptedStream,
  declineAllStreams,
  type EntryBatch,
  type EntryBatches,
  type OpenStreamOptions,
  type OutboundStream,
  type ReceivedEntry,
  type StreamDispatch,
  type StreamItem,
  type StreamProvider,
  type StreamSubscription,
  type SubscriptionTo
} from './streams/stream-api.ts'
export { OpenStreamError, type OpenStreamErrorCode, StreamError, type StreamErrorCode } from './streams/stream-errors.ts'
export { type AddressKind, type AddressParts, addressParts } from './swarm/address-parts.ts'
export { cutAddresses } from './swarm/address-rank.ts'
export { type AddressWatch, type AddressWatchInit, watchAddresses } from './swarm/address-watch.ts'
export { type AdvertiseOptions, collectRoutableListenAddrs, type DetectionOptions, resolveAdvertiseMultiaddrs } from './swarm/addresses.ts'
export { isRoutable } from './swarm/advertised.ts'
export type { RuntimeLog } from './swarm/log.ts'
export { createRelayNode, type RelayNode, type RelayNodeInit } from './swarm/relaying/relay-node.ts'
export type { Acquaintances, RelayTerms } from './swarm/relaying/relay-rules.ts'
export { createSwarm, isSwarmInUse, type Swarm, type SwarmOptions, takeSwarm } from './swarm/swarm.ts'
