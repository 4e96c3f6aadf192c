import type { AukiError } from '@auki/canonical'
import { DiscoveryClientError, isSwarmInUse, type SessionHandle } from '@auki/network'
import { catalogOf, type Peer, type ResourceEntry, type Session } from '@auki/session'
import { ClusterManager, engineOf } from './cluster-manager.ts'
import type { DomainConfig } from './config.ts'
import { DomainError } from './errors.ts'
import type { CallOptions } from './shell/fetch.ts'
import { logStreamProvider } from './streams/log-streams.ts'

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
   * @throws DomainError when the parts belong to different peers, or the swarm was used before: nothing was done. BootstrapError. RangeError for settings out of range.
   */
  static async join(peer: Peer, session: Session, config: DomainConfig, { signal }: CallOptions = {}): Promise<Domain> {
    checkIdentities(peer, session, config)
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
function checkIdentities(peer: Peer, session: Session, { localIdentity, swarm }: DomainConfig): void {
  if (session.peerId !== peer.peerId) {
    const message = `the session is of peer ${session.peerId}, not of ${peer.peerId}: give a session that this peer started`
    throw new DomainError('session-identity-mismatch', message, { peer: peer.peerId, session: session.peerId })
  }
  const identity = localIdentity.peerId
  if (peer.peerId !== identity) {
    const message = `the peer is ${peer.peerId}, the identity is of ${identity}: make the peer with the identity's peer id`
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
}
