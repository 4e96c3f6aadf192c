import type { AukiError } from '@auki/canonical'
import type { PayloadKind } from '@auki/datatypes'
import type { PeerIdentity } from '@auki/identity'
import {
  DiscoveryClientError,
  isSwarmInUse,
  type PeerContact,
  type ResourcesRequest,
  type ResourcesResponse,
  type SessionHandle
} from '@auki/network'
import { catalogOf, type Peer, type ResourceEntry, type Session } from '@auki/session'
import { ClusterManager, engineOf } from './cluster-manager.ts'
import type { DomainConfig } from './config.ts'
import { DomainError } from './errors.ts'
import { type DomainEvent, type DomainPeer, type DomainSnapshot, findPeer, type PeerReference, peerIdOf, peersOf } from './peers.ts'
import type { EstimateOptions } from './shell/cluster-clocks.ts'
import type { ClusterEvent } from './shell/cluster-event.ts'
import type { CallOptions } from './shell/fetch.ts'
import type { Told } from './shell/standing.ts'
import { logStreamProvider } from './streams/log-streams.ts'
import type { OpenResourceOptions } from './streams/open-resource.ts'
import type { SubscriptionTo } from './streams/subscription.ts'

/**
 * A session's presence in a cluster: its logs and registry entries can be found and read by the other members.
 *
 * Leave with `leave`, or hold it with `await using`: the cluster then goes on at once. Without, it finds out by silence.
 */
export class Domain implements AsyncDisposable {
  /** The engine behind it; holding either of the two keeps the presence alive. */
  readonly clusterManager: ClusterManager

  private constructor(clusterManager: ClusterManager) {
    this.clusterManager = clusterManager
  }

  /**
   * Into a cluster with what this session has. Takes at most `settings.joinDeadlineMs`; what fails or is aborted leaves nothing behind.
   *
   * The identity is the peer's, as in `new Peer({ identity })`, or the config's `localIdentity`.
   *
   * @throws DomainError when there is no identity, the parts belong to different peers, or the swarm was used before: nothing was done. BootstrapError.
   * RangeError for settings out of range.
   */
  static async join(peer: Peer, session: Session, config: DomainConfig, { signal }: CallOptions = {}): Promise<Domain> {
    const localIdentity = identityOf(peer, session, config)
    const { id, hash } = session.monotonicClock
    const { daemonInfo } = config
    const sessionHandle: SessionHandle = {
      catalog: () => catalogOf(peer, session),
      get ended() {
        return session.ended
      },
      get timeSteps() {
        return session.timeSteps
      }
    }
    const clusterManager = await ClusterManager.bootstrap(
      {
        ...config,
        localIdentity,
        streamProvider: config.streamProvider ?? logStreamProvider(session),
        daemonInfo: {
          ...daemonInfo,
          app: daemonInfo.app ?? peer.appId,
          sessionId: session.sessionId,
          sessionClockId: id,
          sessionClockHash: hash
        },
        clock: session.clock,
        sessionHandle,
        registryStore: peer.registryStore
      },
      { signal }
    )
    return new Domain(clusterManager)
  }

  /** The members, ourselves included, in the order of the membership document; after the end those that were in last. Read it again for news. */
  get peers(): DomainPeer[] {
    const { membership, managerPeerId } = engineOf(this.clusterManager).standing
    return peersOf(membership.peers, this.clusterManager.localPeerId, managerPeerId)
  }

  /** The member with this peer id, else the only one with this name. @throws DomainError 'no-such-peer' | 'ambiguous-name', with `candidates` */
  peer(nameOrId: string): DomainPeer {
    return findPeer(this.peers, nameOrId)
  }

  /** How we reach a peer that we are connected to, and when it was last heard; `undefined`: we are not. @throws DomainError as {@link peer}, for a name */
  contactOf(peer: PeerReference): PeerContact | undefined {
    return engineOf(this.clusterManager).runtime.contact(peerIdOf(this.peers, peer))
  }

  /**
   * Resolves to how long the way to a member and back takes, ms; it is dialled, if need be. The wait has no deadline of its own.
   *
   * @throws RequestError 'open-stream' where there is no way to it; `signal.reason`; DomainError as {@link peer}, for a name.
   */
  async ping(peer: PeerReference, options: CallOptions = {}): Promise<number> {
    return engineOf(this.clusterManager).runtime.ping(peerIdOf(this.peers, peer), options)
  }

  /** Multiaddrs that others are told to reach us at, the best first. */
  get addresses(): readonly string[] {
    return this.clusterManager.localMultiaddrs
  }

  /**
   * What logs a member has: those of `request.variants`, default all; rows that can't be read are counted in `skippedRows`. Our own are {@link catalog}.
   *
   * @throws FetchResourcesCatalogError; DomainError 'no-such-peer' | 'ambiguous-name' for a name.
   */
  async catalogOf(peer: PeerReference, request: ResourcesRequest = {}, options: CallOptions = {}): Promise<ResourcesResponse> {
    const { clusterManager } = this
    const peerId = peerIdOf(this.peers, peer)
    if (peerId !== clusterManager.localPeerId) return clusterManager.fetchResourcesCatalog(peerId, request, options)
    options.signal?.throwIfAborted()
    return { resources: engineOf(clusterManager).dataPlane.catalog(request), skippedRows: 0 }
  }

  /**
   * Read the log of a catalog row from the peer that holds it: {@link ClusterManager.openResource}.
   *
   * @throws OpenStreamError
   */
  open<K extends PayloadKind>(row: ResourceEntry, options: OpenResourceOptions<K> = {}): Promise<SubscriptionTo<K>> {
    return this.clusterManager.openResource(row, options)
  }

  /**
   * How things stand, then every change from there on, none twice, until the presence ends. A slow reader loses the oldest changes, never the snapshot,
   * and gets an `events-dropped`. An abort throws `signal.reason` into the loop.
   */
  events(options: CallOptions = {}): AsyncIterableIterator<DomainEvent> {
    const { localPeerId } = this.clusterManager
    const snapshot = ({ role, managerPeerId, members }: Told): DomainSnapshot => {
      return { type: 'snapshot', peers: peersOf(members, localPeerId, managerPeerId), managerPeerId, role }
    }
    return engineOf(this.clusterManager).read(snapshot, options)
  }

  /**
   * Calls `handler` with each event of this type, as it happens, until disposed of or the presence ends. What it throws, or what its promise rejects
   * with, goes to the log as a warning and disturbs nobody else.
   */
  on<T extends ClusterEvent['type']>(type: T, handler: (event: ClusterEvent & { readonly type: T }) => unknown): Disposable {
    const isWanted = (event: ClusterEvent): event is ClusterEvent & { readonly type: T } => event.type === type
    return engineOf(this.clusterManager).events.handle((event) => (isWanted(event) ? handler(event) : undefined))
  }

  /**
   * Domain time in ns, the same for all members within what {@link ClusterManager.domainClockEstimate} says; any age of the estimate will do unless
   * `maxAgeNs` is given. With `monotonic` it is never below the last one given that way.
   *
   * @throws DomainTimeNowError before {@link clockReady}
   */
  now(options?: EstimateOptions & { readonly monotonic?: boolean }): bigint {
    return this.clusterManager.domainTimeNow(options)
  }

  /** Resolves once there is domain time, usually some 100 ms after joining. @throws `signal.reason`; DomainError when the presence ends. */
  clockReady({ signal }: CallOptions = {}): Promise<void> {
    return engineOf(this.clusterManager).clockReady(signal)
  }

  /** The rows that a request for everything would be answered with now: a provider's, where one is set. */
  catalog(): ResourceEntry[] {
    return engineOf(this.clusterManager).dataPlane.catalog({})
  }

  /** Resolves when the presence has ended: to why, `undefined` when we left ourselves. Never rejects. */
  get closed(): Promise<AukiError | undefined> {
    return this.clusterManager.closed
  }

  /**
   * Leave: a Manager hands the cluster over or deletes its row, a member says goodbye. Takes about 2 s at most, usually far less; idempotent.
   *
   * Aborting `signal` skips the courtesy: the others then find out by silence, a Manager's successor only after the row was swept.
   *
   * @throws DomainError 'shutdown' when the row could not be deleted; we have left anyway. Only the first caller hears of it.
   */
  async leave({ signal }: CallOptions = {}): Promise<void> {
    try {
      await this.clusterManager.shutdown({ signal })
    } catch (cause) {
      if (!(cause instanceof DiscoveryClientError)) throw cause
      const message = `left, but the row of "${this.clusterManager.clusterName}" could not be deleted and goes by itself in seconds: ${cause.message}`
      throw new DomainError('shutdown', message, { clusterName: this.clusterManager.clusterName }, { cause })
    }
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.leave()
  }
}

/** @throws DomainError; nothing was done by then. */
function identityOf(peer: Peer, session: Session, { localIdentity = peer.identity, swarm }: DomainConfig): PeerIdentity {
  if (session.peerId !== peer.peerId) {
    const message = `the session is of peer ${session.peerId}, not of ${peer.peerId}: give a session that this peer started`
    throw new DomainError('session-identity-mismatch', message, { peer: peer.peerId, session: session.peerId })
  }
  if (localIdentity === undefined) {
    const message = `nothing proves that we are ${peer.peerId}: make the peer with new Peer({ identity }), or give localIdentity`
    throw new DomainError('no-identity', message, { peer: peer.peerId })
  }
  const identity = localIdentity.peerId
  if (peer.peerId !== identity) {
    const message = `the peer is ${peer.peerId}, localIdentity is of ${identity}: make the peer with new Peer({ identity }) and leave localIdentity out`
    throw new DomainError('identity-mismatch', message, { peer: peer.peerId, identity })
  }
  if (swarm !== undefined && swarm.peerId !== identity) {
    const message = `the swarm runs as ${swarm.peerId}, the identity is of ${identity}: make the swarm with the same identity`
    throw new DomainError('swarm-identity-mismatch', message, { identity, swarm: swarm.peerId })
  }
  if (swarm !== undefined && isSwarmInUse(swarm)) {
    const message = `the swarm of ${swarm.peerId} serves another presence, has served one, or was stopped: make a new one for each join`
    throw new DomainError('swarm-in-use', message, { swarm: swarm.peerId })
  }
  return localIdentity
}
