import type { ClusterDocument, ClusterMember, DocumentVersion } from './core/index.ts'

export type { ClusterMember } from './core/index.ts'

/** Who is in a cluster, in the order of succession for equal join times (`/auki/membership/0.0.1`). */
export class ClusterMembership implements ClusterDocument {
  readonly clusterName: string
  readonly peers: ClusterMember[]
  /** The reign and the change within it; `undefined` in documents of the reference's authors. */
  readonly order: DocumentVersion | undefined

  constructor(clusterName: string, peers: readonly ClusterMember[] = [], order?: DocumentVersion) {
    this.clusterName = clusterName
    this.peers = [...peers]
    this.order = order
  }

  /** The row's revision under which the author reigns. */
  get epoch(): number | undefined {
    return this.order?.epoch
  }

  /** Starts at 1 in each epoch and grows by one per change. */
  get version(): number | undefined {
    return this.order?.version
  }

  /** The file an app may keep it in. */
  filename(): string {
    return `${this.clusterName}.json`
  }

  /** Appends without looking whether the peer is there already, and returns its index. */
  admit(member: ClusterMember): number {
    return this.peers.push(member) - 1
  }
}
