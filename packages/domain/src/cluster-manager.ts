import type { AukiError } from '@auki/canonical'
import type { PayloadKind } from '@auki/datatypes'
import {
  type DiagnosticMessage,
  DiscoveryClient,
  type DiscoveryClusterEntry,
  type OpenStreamOptions,
  type ParticipantInfo,
  type ResourcesRequest,
  type ResourcesResponse,
  type SessionHandle,
  type StreamRequest
} from '@auki/network'
import type { Entry, RegistryStore } from '@auki/registry'
import type { ResourceEntry } from '@auki/session'
import type { ClockRef, ClockTransformEstimate, ConvertedTime, ConvertTimeOptions, DomainClockEstimate } from '@auki/time'
import { admit } from './admit.ts'
import { type ClusterMember, ClusterMembership } from './cluster-membership.ts'
import { type BootstrapInit, ClusterTarget, type CreateClusterInit, type JoinAuthorization, type JoinClusterInit } from './config.ts'
import type { RoleName } from './core/index.ts'
import { CreateClusterError, JoinClusterError } from './errors.ts'
import { openPresence } from './presence.ts'
import type { EstimateOptions } from './shell/cluster-clocks.ts'
import type { ClusterEvent } from './shell/cluster-event.ts'
import type { ResourceCatalogProvider } from './shell/data-plane.ts'
import type { InboundDiagnosticMessage } from './shell/diagnostics.ts'
import type { Engine } from './shell/engine.ts'
import { narrowed } from './shell/failures.ts'
import {
  type CallOptions,
  type EntryQuestion,
  fetchParticipantInfo,
  fetchRegistryEntry,
  fetchResourcesCatalog,
  type SensorQuestion
} from './shell/fetch.ts'
import { type OpenResourceOptions, openResource } from './streams/open-resource.ts'
import { inDomainTime, type StreamSubscription, type SubscriptionTo } from './streams/subscription.ts'

/** What is behind a handle; for this package only. */
export let engineOf: (manager: ClusterManager) => Engine

/**
 * A peer's presence in a cluster: who is in, who is Manager, what the others have, what time it is.
 *
 * Leave with `shutdown`, or hold it with `await using`. A handle that is dropped without ends its presence too, but the cluster learns of that only
 * when the row is swept or the silence was long enough. Getters answer at any time, after the end with the last state.
 */
export class ClusterManager implements AsyncDisposable {
  readonly clusterName: string
  /** Our peer id, base58. */
  readonly localPeerId: string
  /** What Managers' gates get to see when we join; empty: nothing. */
  readonly joinAuthorization: JoinAuthorization
  /** Resolves when the presence has ended: to why, `undefined` when we left ourselves. Never rejects. */
  readonly closed: Promise<AukiError | undefined>
  readonly #engine: Engine

  static {
    engineOf = (manager) => manager.#engine
  }

  private constructor(engine: Engine, joinAuthorization: JoinAuthorization = '') {
    this.clusterName = engine.standing.clusterName
    this.localPeerId = engine.localPeerId
    this.joinAuthorization = joinAuthorization
    this.closed = engine.life.closed
    this.#engine = engine
    engine.life.belongTo(this)
  }

  /** The clusters that a Discovery service knows, newest first. @throws DiscoveryClientError */
  static listClusters(discoveryUrl: string, { signal }: CallOptions = {}): Promise<DiscoveryClusterEntry[]> {
    return new DiscoveryClient(discoveryUrl).list(signal && { signal })
  }

  /**
   * Into a cluster, as the target says. Takes at most `joinDeadlineMs`; what fails or is aborted leaves nothing behind.
   *
   * @throws BootstrapError; RangeError for settings out of range.
   */
  static async bootstrap(init: BootstrapInit, { signal }: CallOptions = {}): Promise<ClusterManager> {
    return new ClusterManager(await openPresence(init, signal), init.joinAuthorization)
  }

  /** Create a cluster and be its Manager. @throws CreateClusterError; RangeError for settings out of range. */
  static async createCluster({ clusterName, ...init }: CreateClusterInit, options?: CallOptions): Promise<ClusterManager> {
    const target = ClusterTarget.create(clusterName)
    return ClusterManager.bootstrap({ ...init, target, observer: false }, options).catch(narrowed(CreateClusterError))
  }

  /** Join a cluster that is there. @throws JoinClusterError; RangeError for settings out of range. */
  static async joinCluster({ clusterName, ...init }: JoinClusterInit, options?: CallOptions): Promise<ClusterManager> {
    return ClusterManager.bootstrap({ ...init, target: ClusterTarget.join(clusterName) }, options).catch(narrowed(JoinClusterError))
  }

  /** Where others can reach us. */
  get localMultiaddrs(): readonly string[] {
    return this.#engine.addresses.multiaddrs
  }

  /** The cluster's relays, as its row names them. */
  get relayMultiaddrs(): readonly string[] {
    return this.#engine.standing.relayMultiaddrs
  }

  /** Manager, with a lease that is confirmed at this moment. */
  get isManager(): boolean {
    return this.#engine.standing.isManager
  }

  /**
   * `manager`: our lease on the row is confirmed. `headless`: it is not; nobody is admitted or evicted. `follower`: behind the Manager that the row
   * names. `unsettled`: looking for it. `ended`: the presence is over; `managerPeerId` and `membership` keep what they were last.
   */
  get role(): RoleName {
    return this.#engine.standing.role
  }

  /** Whom we take for the Manager; ourselves also while headless. */
  get managerPeerId(): string | undefined {
    return this.#engine.standing.managerPeerId
  }

  /** A copy. */
  get membership(): ClusterMembership {
    const { clusterName, peers, order } = this.#engine.standing.membership
    return new ClusterMembership(clusterName, peers, order)
  }

  /** Members, ourselves included. */
  get peerCount(): number {
    return this.#engine.standing.membership.peers.length
  }

  /** What we answer to `/auki/info/0.0.1` now. */
  participantInfo(): ParticipantInfo {
    return this.#engine.dataPlane.participantInfo()
  }

  /** Who a member is (`/auki/info/0.0.1`). @throws FetchParticipantInfoError */
  fetchParticipantInfo(peerId: string, options: CallOptions = {}): Promise<ParticipantInfo> {
    return fetchParticipantInfo(this.#engine, peerId, options)
  }

  /** What logs a member has (`/auki/resources/0.2.0`); rows that can't be read are counted. @throws FetchResourcesCatalogError */
  fetchResourcesCatalog(peerId: string, request: ResourcesRequest = {}, options: CallOptions = {}): Promise<ResourcesResponse> {
    return fetchResourcesCatalog(this.#engine, peerId, request, options)
  }

  /**
   * A sensor of a member's registry (`/auki/registries/0.2.0`), checked against its hash: of a catalog row, by its reference, or by peer id, id and hash.
   *
   * @throws FetchRegistryEntryError
   */
  fetchSensorEntry(...asked: SensorQuestion): Promise<Entry<'sensor'>> {
    return fetchRegistryEntry(this.#engine, 'sensor', asked)
  }

  /** A clock, by its reference, such as `row.manifest.clock`, or by peer id, id and hash; as {@link fetchSensorEntry}. @throws FetchRegistryEntryError */
  fetchClockEntry(...asked: EntryQuestion): Promise<Entry<'clock'>> {
    return fetchRegistryEntry(this.#engine, 'clock', asked)
  }

  /** A coordinate frame; as {@link fetchClockEntry}. @throws FetchRegistryEntryError */
  fetchFrameEntry(...asked: EntryQuestion): Promise<Entry<'frame'>> {
    return fetchRegistryEntry(this.#engine, 'frame', asked)
  }

  /** A detector; as {@link fetchClockEntry}. @throws FetchRegistryEntryError */
  fetchDetectorEntry(...asked: EntryQuestion): Promise<Entry<'detector'>> {
    return fetchRegistryEntry(this.#engine, 'detector', asked)
  }

  /** Read a log of a member (`/auki/stream/0.2.0`), of which the kind of its entries is known. Opening takes at most a minute. @throws OpenStreamError */
  async openStream<K extends PayloadKind>(
    peerId: string,
    request: StreamRequest,
    kind: K,
    options: Pick<OpenStreamOptions, 'keep' | 'resume'> & CallOptions = {}
  ): Promise<StreamSubscription<K>> {
    const subscription = await this.#engine.runtime.openStream(peerId, request, kind, options)
    return inDomainTime(subscription, peerId, this.#engine)
  }

  /**
   * Read the log of a catalog row from the peer that holds it, as what the row says it is; what is served must be that log still. Without `kind` the
   * result is a union that narrows by its `kind`.
   *
   * @throws OpenStreamError
   */
  async openResource<K extends PayloadKind>(row: ResourceEntry, options: OpenResourceOptions<K> = {}): Promise<SubscriptionTo<K>> {
    return inDomainTime(await openResource(this.#engine.runtime, row, options), row.writerPeerId, this.#engine)
  }

  /** Answers catalog requests in place of the session; replaces the one before. */
  setResourceCatalogProvider(provider: ResourceCatalogProvider | undefined): void {
    this.#engine.dataPlane.sources.provider = provider
  }

  /** Whose logs the catalog shows; replaces the one before. */
  setSessionHandle(handle: SessionHandle | undefined): void {
    this.#engine.dataPlane.sources.sessionHandle = handle
  }

  /** Where members' questions for registry entries are answered from; replaces the one before. */
  setRegistryStore(store: RegistryStore | undefined): void {
    this.#engine.dataPlane.sources.registryStore = store
  }

  /** Admit a peer that did not ask; only the Manager can. It is dialled at its multiaddrs. @throws AdmitError */
  admitPeer(peerId: string, multiaddrs: readonly string[], { signal }: CallOptions = {}): Promise<ClusterMember> {
    return admit(this.#engine, peerId, multiaddrs, signal)
  }

  /** The domain clock as seen from our session clock, now. @throws DomainClockEstimateUnavailable */
  domainClockEstimate(options?: EstimateOptions): DomainClockEstimate {
    return this.#engine.clocks.domainClockEstimate(options)
  }

  /** Domain time in ns; with `monotonic` never below the last one given that way. @throws DomainTimeNowError */
  domainTimeNow(options?: EstimateOptions & { readonly monotonic?: boolean }): bigint {
    return this.#engine.clocks.domainTimeNow(options)
  }

  /** A remote clock as seen from a local one; `undefined` without a sample. @throws TimeError 'stale', when older than `maxAgeNs` */
  clockSyncEstimate(localClockId: string, remoteClockId: string, options?: EstimateOptions): ClockTransformEstimate | undefined {
    return this.#engine.clocks.clockSyncEstimate(localClockId, remoteClockId, options)
  }

  /** Every remote clock we have samples of, by local, then remote clock id. */
  clockSyncEstimates(): ClockTransformEstimate[] {
    return this.#engine.clocks.clockSyncEstimates()
  }

  /**
   * Measure a member's session clock until disposed of: at once, then again and again (`/auki/clock/0.0.1`, or `/auki/info/0.0.1` every 2 s where a member
   * does not speak that). Whoever reads a stream of a member measures its clock already; the Manager's is always measured.
   */
  sampleClockOf(peerId: string): Disposable {
    return this.#engine.clocks.watch(peerId)
  }

  /**
   * What clock `to` shows at the instant at which clock `from` shows `tNs`: by live estimates, the domain clock, and what the session has recorded.
   *
   * @throws ConvertTimeError `no-path`; `stale`, with `maxAgeNs`; `conversion-out-of-range`. Never by the wall clock, never by guessing.
   */
  convertTime(from: ClockRef, to: ClockRef, tNs: bigint, options?: ConvertTimeOptions): ConvertedTime {
    return this.#engine.convertTime(from, to, tNs, options)
  }

  /** What happens from now on, until the presence ends; a slow reader loses the oldest events and gets an `events-dropped`. */
  events(options: CallOptions = {}): AsyncIterableIterator<ClusterEvent> {
    return this.#engine.events.read(options)
  }

  /** To every connected member (`/auki/diagnostic/0.0.1`), best effort. @throws RuntimeError 'payload-too-large' | 'runtime-unavailable' */
  broadcastDiagnosticMessage(message: DiagnosticMessage): void {
    this.#engine.runtime.pushDiagnostic(message)
  }

  /** Messages of other members, oldest first, at most the last 256 and 64 of one sender; they are gone from here afterwards. */
  drainDiagnosticMessages(): InboundDiagnosticMessage[] {
    return this.#engine.diagnostics.drain()
  }

  /**
   * Leave: hand the cluster over or say goodbye, about 2 s at most, then stop. Idempotent; an abort skips the courtesy.
   *
   * @throws DiscoveryClientError when the cluster's row could not be deleted; we have left anyway.
   */
  shutdown({ signal }: CallOptions = {}): Promise<void> {
    return this.#engine.life.leave(signal)
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.shutdown()
  }
}
