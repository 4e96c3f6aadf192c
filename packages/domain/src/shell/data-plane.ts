/** What members may ask us: who we are, what we have, what an entry of ours says. Answered afresh each time; nothing is kept. */
import { contentHash, reasonOf } from '@auki/canonical'
import type { ParticipantInfo, RegistryEnvelope, RegistryRequest, ResourcesRequest, SessionHandle } from '@auki/network'
import { type RegistryStore, StorageError } from '@auki/registry'
import type { ResourceEntry } from '@auki/session'
import type { SessionClock } from '@auki/time'
import type { Log } from '../log.ts'

/** Who this peer says it is. */
export interface DaemonInfo {
  /** What others call this peer. The membership document has the first 128 characters, without invisible ones; empty: none. */
  readonly name: string
  /** Default: the peer's app id. */
  readonly app?: string
  /** Default: empty. */
  readonly appInstance?: string
  /** The session fields are taken from the session and its clock, whatever is given here. */
  readonly sessionId?: string
  readonly sessionClockId?: string
  readonly sessionClockHash?: string
}

/**
 * Answers catalog requests in place of the session; both calls are synchronous and must be quick. List only what can be opened now.
 *
 * `snapshotForRequest` is the one asked where it is there; without it the rows of `snapshot` are filtered.
 */
export interface ResourceCatalogProvider {
  snapshot(): ResourceEntry[]
  snapshotForRequest?(request: ResourcesRequest): ResourceEntry[]
}

/** What of our standing in the cluster goes into ParticipantInfo. */
export interface Standing {
  readonly isManager: boolean
  readonly managerPeerId: string | undefined
  /** Session time (ns) at which the document first listed another peer. */
  readonly clusterJoinedAtNs: bigint | undefined
}

/** Where answers come from; an app may replace each at any time. */
export interface DataSources {
  provider: ResourceCatalogProvider | undefined
  sessionHandle: SessionHandle | undefined
  registryStore: Pick<RegistryStore, 'get'> | undefined
}

export interface DataPlaneInit {
  /** Those it begins with. */
  readonly sources: Readonly<DataSources>
  readonly localPeerId: string
  readonly daemonInfo: DaemonInfo
  readonly sessionClock: SessionClock
  readonly standing: () => Standing
  readonly log: Log
}

export class DataPlane {
  readonly #init: DataPlaneInit
  readonly sources: DataSources

  constructor(init: DataPlaneInit) {
    this.#init = init
    this.sources = { ...init.sources }
  }

  /** `/auki/info/0.0.1`; `managerPeerId` is empty while nobody is. */
  participantInfo(): ParticipantInfo {
    const { localPeerId, daemonInfo, sessionClock } = this.#init
    const { isManager, managerPeerId, clusterJoinedAtNs } = this.#init.standing()
    return {
      app: daemonInfo.app ?? '',
      name: daemonInfo.name,
      sessionId: daemonInfo.sessionId ?? '',
      sessionClockId: sessionClock.id,
      sessionClockHash: sessionClock.hash,
      sessionNowNs: sessionClock.nowNs(),
      clusterJoinedAtNs: clusterJoinedAtNs ?? null,
      peerId: localPeerId,
      appInstance: daemonInfo.appInstance ?? '',
      isManager,
      managerPeerId: managerPeerId ?? ''
    }
  }

  /** `/auki/resources/0.2.0`: the provider's rows, else the session's, else none. */
  catalog(request: ResourcesRequest): ResourceEntry[] {
    const { provider, sessionHandle } = this.sources
    if (provider?.snapshotForRequest !== undefined) return provider.snapshotForRequest(request)
    const rows = provider !== undefined ? provider.snapshot() : (sessionHandle?.catalog() ?? [])
    const { variants } = request
    return variants === undefined ? rows : rows.filter((row) => variants.includes(row.variant))
  }

  /** `/auki/registries/0.2.0`: an entry of ours, or `null` when there is none that can be read. */
  async entry({ kind, id, hash }: RegistryRequest): Promise<RegistryEnvelope | null> {
    try {
      const entry = await this.sources.registryStore?.get(kind, { peerId: this.#init.localPeerId, id, hash })
      if (entry === undefined) return null
      const { canonicalJson } = entry
      return { kind, id, hash: contentHash(new TextEncoder().encode(canonicalJson)), canonicalJson }
    } catch (error) {
      // A reference that can be no path is the asker's mistake, anything else is ours.
      this.#init.log(
        error instanceof StorageError ? 'debug' : 'warn',
        `the ${kind} entry "${id}" (${hash}) can't be read: ${reasonOf(error)}`,
        { kind, id, hash }
      )
      return null
    }
  }
}
