import type { ClusterDocument, ClusterMember, DocumentVersion } from './core/index.ts'

export type { ClusterMember } from './core/index.ts'

/** Who is in a cluster, in the order of succession for equal join times (`/auki/membership/0.0.1`). */
export class ClusterMembership implements ClusterDocument {
  readonly clusterName: string
  readonly peers: ClusterMember[]
  /** Epoch and version, which order the documents of a cluster; `undefined` when a Manager of the reference implementation wrote it. */
  readonly order: DocumentVersion | undefined

  constructor(clusterName: string, peers: readonly ClusterMember[] = [], order?: DocumentVersion) {
    this.clusterName = clusterName
    this.peers = [...peers]
    this.order = order
  }

  /** The revision of the Discovery row under which the author became Manager. */
  get epoch(): number | undefined {
    return this.order?.epoch
  }

  /** Starts at 1 in each epoch and grows by one per change. */
  get version(): number | undefined {
    return this.order?.version
  }

  /** A file name for apps that store the document: `<cluster>.json`. */
  filename(): string {
    return `${this.clusterName}.json`
  }

  /** Appends a member, without checking for a duplicate, and returns its index. Changes this copy only, not the cluster. */
  admit(member: ClusterMember): number {
    return this.peers.push(member) - 1
  }
}
