/**
 * A relay that stands by itself and follows clusters: for each it looks who is in, as an observer, and serves the members.
 *
 * The observer is a node of its own, whose place at the relay makes the relay known: members find its address in the document. A Manager behind a router is
 * reached through the relay, as by everybody else.
 */

import { reasonOf, systemClock } from '@auki/canonical'
import { PeerIdentity, Wallet } from '@auki/identity'
import { createRelayNode, DiscoveryClient, type RelayNode } from '@auki/network'
import { SessionClock } from '@auki/time'
import { ClusterManager } from './cluster-manager.ts'
import { ClusterTarget } from './config.ts'
import type { Log } from './log.ts'
import { clusterLookMs, relayJoinPauseMs } from './shell/shell-settings.ts'

export interface RelayServiceInit {
  readonly identity: PeerIdentity
  readonly listen: readonly string[]
  readonly announce?: readonly string[]
  /** Clusters whose members are served; they need not be there yet. */
  readonly clusters?: readonly string[]
  /** Where the clusters are found; not needed without clusters. */
  readonly discoveryUrl?: string
  /** Serve everybody. */
  readonly open?: boolean
  /** Peer ids that are served besides members. */
  readonly allow?: readonly string[]
  readonly members?: number
  readonly kbitPerMember?: number
  readonly log: Log
  /** Called when it has found its way into a cluster, or lost it. */
  readonly following?: (cluster: string, isIn: boolean) => void
}

/** Runs until disposed of. */
export interface RelayService extends AsyncDisposable {
  readonly peerId: string
  /** Each ends in the relay's peer id. */
  readonly multiaddrs: readonly string[]
  /** Follows one more cluster. */
  follow(cluster: string): void
}

/** @throws whatever libp2p throws when an address can't be listened on. */
export async function startRelay({
  clusters = [],
  log,
  discoveryUrl = '',
  following = () => {},
  ...init
}: RelayServiceInit): Promise<RelayService> {
  const stop = new AbortController()
  const followers = new Map<string, Follower>()
  const some = (is: (follower: Follower) => boolean): boolean => followers.values().some(is)
  const node = await createRelayNode({
    ...init,
    known: {
      isMember: (peerId) => some(({ members }) => members.has(peerId)),
      isManager: (peerId) => some(({ manager }) => manager === peerId)
    }
  })
  const runs: Promise<void>[] = []
  const follow = (cluster: string): void => {
    if (followers.has(cluster)) return
    const follower = new Follower({ cluster, discoveryUrl, node, log, following, signal: stop.signal })
    followers.set(cluster, follower)
    runs.push(follower.run())
  }
  for (const cluster of clusters) follow(cluster)
  return {
    peerId: node.peerId,
    get multiaddrs() {
      return node.multiaddrs
    },
    follow,
    async [Symbol.asyncDispose]() {
      stop.abort(new Error('the relay ends'))
      await Promise.all(runs)
      await node[Symbol.asyncDispose]()
    }
  }
}

interface FollowerInit {
  readonly cluster: string
  readonly discoveryUrl: string
  readonly node: RelayNode
  readonly log: Log
  readonly following: (cluster: string, isIn: boolean) => void
  readonly signal: AbortSignal
}

/** One cluster. What was known of it stays until something else is known: members are carried while their Manager is away. */
class Follower {
  readonly #init: FollowerInit
  readonly #identity = PeerIdentity.fromWallet(Wallet.generate())
  readonly #discovery: DiscoveryClient
  members: ReadonlySet<string>
  manager: string | undefined

  constructor(init: FollowerInit) {
    this.#init = init
    this.members = new Set([this.#identity.peerId])
    this.#discovery = new DiscoveryClient(init.discoveryUrl, { log: init.log })
  }

  async run(): Promise<void> {
    const { signal, log, cluster } = this.#init
    while (!signal.aborted) {
      try {
        if (await this.#isThere()) await this.#beIn()
        await rest(clusterLookMs, signal)
      } catch (error) {
        if (signal.aborted) return
        log('debug', `the relay is not in "${cluster}": ${reasonOf(error)}; trying again`)
        await rest(relayJoinPauseMs, signal)
      }
    }
  }

  async #isThere(): Promise<boolean> {
    const { cluster, node, signal } = this.#init
    const found = await this.#discovery.get(cluster, { signal })
    if (found.kind !== 'row') return false
    this.manager = found.row.managerPeerId
    node.review()
    return true
  }

  /** Joins, and looks on until the presence ends. */
  async #beIn(): Promise<void> {
    const { cluster, discoveryUrl, node, log, signal, following } = this.#init
    const { peerId } = this.#identity
    const [relayAdvertiseMultiaddr = node.localMultiaddr] = node.multiaddrs
    await using presence = await ClusterManager.bootstrap(
      {
        target: ClusterTarget.join(cluster),
        localIdentity: this.#identity,
        discoveryUrl,
        daemonInfo: { name: 'relay', app: 'auki-relay' },
        clock: new SessionClock({ id: `${peerId}/relay/monotonic`, hash: '0'.repeat(32) }),
        observer: true,
        listen: [],
        relay: { serve: false },
        relayReservation: { relayDialMultiaddr: node.localMultiaddr, relayAdvertiseMultiaddr, timeoutMs: 5_000 },
        log
      },
      { signal }
    )
    following(cluster, true)
    const end = (): void => void presence.shutdown().catch(() => {})
    signal.addEventListener('abort', end, { once: true })
    const events = presence.events()
    this.#note(presence)
    for await (const _ of events) this.#note(presence)
    signal.removeEventListener('abort', end)
    following(cluster, false)
  }

  #note({ role, membership, managerPeerId }: ClusterManager): void {
    if (role === 'ended') return
    this.members = new Set(membership.peers.map(({ peerId }) => peerId))
    this.manager = managerPeerId ?? this.manager
    this.#init.node.review()
  }
}

function rest(ms: number, signal: AbortSignal): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>()
  const cancel = systemClock.after(ms, resolve, { holdProcess: true })
  const onAbort = (): void => {
    cancel()
    resolve()
  }
  if (signal.aborted) onAbort()
  else signal.addEventListener('abort', onAbort, { once: true })
  return promise.finally(() => signal.removeEventListener('abort', onAbort))
}
