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
export type { DiagnosticMessage } from './protocols/diagnostic.ts'
export { CodecError, type CodecErrorCode } from './protocols/errors.ts'
export type { DomainClockAdvertisement, HeartbeatEcho, HeartbeatFrame } from './protocols/heartbeat.ts'
export type { ParticipantInfo } from './protocols/info.ts'
export type { JoinRequest, JoinResponse } from './protocols/join.ts'
export { type JoinRefused, type Refusal, readRefusal, refusalText } from './protocols/join-refusal.ts'
export type { MembershipUpdate } from './protocols/membership.ts'
export { type ClusterDocument, type DocumentVersion, decodeDocument, encodeDocument } from './protocols/membership-document.ts'
export { type ClusterMember, fitIntroduction, type Introduction } from './protocols/membership-entry.ts'
export { cleanName } from './protocols/names.ts'
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
  type StreamRequest
} from './protocols/stream-types.ts'
export type { RuntimeLimits, RuntimeLog, Timers } from './runtime/env.ts'
export { RequestError, type RequestErrorCode, RuntimeError, type RuntimeErrorCode } from './runtime/errors.ts'
export type { RuntimeInit } from './runtime/init.ts'
export { createRuntime } from './runtime/runtime.ts'
export type {
  AllowListChange,
  ClockRounds,
  HeartbeatSource,
  LivenessEvent,
  PeerAddresses,
  PeerRuntime,
  RuntimeHandlers,
  SessionHandle
} from './runtime/types.ts'
export { EntrySource } from './streams/entry-source.ts'
export { OpenStreamError, type OpenStreamErrorCode, StreamError, type StreamErrorCode } from './streams/errors.ts'
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
} from './streams/types.ts'
export { type AddressKind, type AddressParts, addressParts } from './swarm/address-parts.ts'
export { cutAddresses } from './swarm/address-rank.ts'
export {
  type AdvertiseOptions,
  collectRoutableListenAddrs,
  type DetectionOptions,
  isRoutable,
  resolveAdvertiseMultiaddrs
} from './swarm/addresses.ts'
export { createSwarm, isSwarmInUse, type Swarm, type SwarmOptions, takeSwarm } from './swarm/swarm.ts'
