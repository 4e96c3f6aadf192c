/**
 * A presence in a cluster of peers. This is the one package an app installs: it re-exports what an app needs of the packages below it.
 *
 * A tour, in the order in which an app meets things:
 *
 * - A {@link Wallet} holds a secret; a {@link PeerIdentity} made from it proves who a peer is.
 * - A {@link Peer} is a robot, phone, browser tab or server. It registers what it has: sensors, coordinate frames, detectors.
 * - A {@link Session} is one run of a peer: it has a clock, and logs to which readings are appended.
 * - {@link Domain}`.join` brings the two into a cluster, which it finds through a Discovery service by a {@link ClusterTarget}. From then on other members
 *   can find and read the session's logs, and the domain has the everyday verbs: `peers`, `catalogOf`, `open`, `events`, `on`, `now`, `leave`.
 * - {@link ClusterManager}, behind every domain, has everything else: registry entries, clock estimates, diagnostics, admissions; and it works without a
 *   session, for tools.
 * - Every error is an {@link AukiError} with a stable `code`; each class lists its codes.
 *
 * The cluster protocol itself is `core/`, a pure function, and what is decided about clocks is another, `clock-core/`; `shell/` connects them to the network, to
 * Discovery and to clocks.
 */
export { AukiError, type Json } from '@auki/canonical'
export { decodePayload, encodePayload, type PayloadKind, type PayloadOf, type ReadFrom } from '@auki/datatypes'
export { IdentityError, PeerIdentity, Wallet } from '@auki/identity'
export {
  type AcceptedStream,
  createSwarm,
  type DeclineReason,
  type DiagnosticMessage,
  DiscoveryClient,
  DiscoveryClientError,
  type DiscoveryClusterEntry,
  declineAllStreams,
  type EndReason,
  OpenStreamError,
  type ParticipantInfo,
  type PeerContact,
  type ReceivedEntry,
  RequestError,
  type ResourcesRequest,
  type ResourcesResponse,
  RuntimeError,
  type SessionHandle,
  type StreamDispatch,
  StreamError,
  type StreamItem,
  type StreamManifest,
  type StreamNotice,
  type StreamPriority,
  type StreamProvider,
  type StreamRequest,
  type Swarm,
  type SwarmOptions
} from '@auki/network'
export {
  type ClockBody,
  type ClockRegistryEntry,
  type DetectorBody,
  type DetectorRegistryEntry,
  type FrameBody,
  type FrameRegistryEntry,
  memoryStorage,
  opengl,
  RegistryError,
  type RegistryKind,
  type RegistryRef,
  RegistryStore,
  rosBody,
  rosOptical,
  type SensorBody,
  type SensorKind,
  type SensorRef,
  type SensorRegistryEntry,
  type Storage,
  StorageError,
  unity
} from '@auki/registry'
export {
  catalogOf,
  LogError,
  Peer,
  type PeerInit,
  type ResourceEntry,
  type ResourceVariant,
  type SampleTimeTransformOptions,
  Session,
  SessionError,
  sampleTimeTransform
} from '@auki/session'
export {
  type ClockRef,
  type ClockTransformEstimate,
  type ConvertedStep,
  type ConvertedTime,
  ConvertTimeError,
  type ConvertTimeOptions,
  type DomainClockEstimate,
  DomainClockEstimateUnavailable,
  DomainTimeNowError,
  domainClockRef,
  milliseconds,
  SessionClock,
  seconds,
  TimeError
} from '@auki/time'
export { ClusterManager } from './cluster-manager.ts'
export { type ClusterMember, ClusterMembership } from './cluster-membership.ts'
export {
  type BootstrapInit,
  ClusterTarget,
  type CreateClusterInit,
  type DomainConfig,
  type JoinAuthorization,
  type JoinClusterInit,
  type JoinOccasion,
  type ManagerRelayReservation,
  type RelayConfig
} from './config.ts'
export { decideManagerLossAction, electSuccessor, LIVENESS_CHECK_INTERVAL_MS, type RoleName } from './core/index.ts'
export { Domain } from './domain.ts'
export {
  AdmitError,
  BootstrapError,
  BuildStreamManifestError,
  CreateClusterError,
  DomainError,
  FetchParticipantInfoError,
  FetchRegistryEntryError,
  FetchResourcesCatalogError,
  JoinClusterError
} from './errors.ts'
export { allowListGate, type SharedSecretGate, sharedSecretGate } from './gates.ts'
export type { Log, LogLevel } from './log.ts'
export type { DomainEvent, DomainPeer, DomainSnapshot, PeerReference } from './peers.ts'
export type { PresenceSettings as Settings, PresetName, SettingsInit } from './presence-settings.ts'
export { type RelayService, type RelayServiceInit, startRelay } from './relay-service.ts'
export type { EstimateOptions } from './shell/cluster-clocks.ts'
export type { ClusterEvent } from './shell/cluster-event.ts'
export type { DaemonInfo, ResourceCatalogProvider } from './shell/data-plane.ts'
export type { InboundDiagnosticMessage } from './shell/diagnostics.ts'
export type { CallOptions, EntryQuestion, SensorQuestion } from './shell/fetch.ts'
export type { AdmitGate, AdmitOccasion, AdmitVerdict } from './shell/gate.ts'
export { logStreamProvider } from './streams/log-streams.ts'
export { StreamManifestBuilder } from './streams/manifest-builder.ts'
export type { OpenResourceOptions } from './streams/open-resource.ts'
export type { StreamSubscription, SubscriptionTo } from './streams/subscription.ts'
