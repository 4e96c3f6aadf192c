/** The membership document as the rules see it: a value that never changes; a change makes a new one. How it is written is the network's business. */
import type { ClusterDocument, ClusterMember, DocumentVersion } from '@auki/network'
import type { PeerId } from './events.ts'

export type { ClusterDocument, ClusterMember, DocumentVersion } from '@auki/network'

// One index per list of members, which never changes: whoever looks up each of a thousand members must not walk the list for each.
const indexes = new WeakMap<ClusterDocument['peers'], ReadonlyMap<PeerId, ClusterMember>>()

export function memberOf({ peers }: ClusterDocument, peerId: PeerId): ClusterMember | undefined {
  const index = indexes.get(peers) ?? new Map(peers.map((member) => [member.peerId, member]))
  indexes.set(peers, index)
  return index.get(peerId)
}

export const lists = (document: ClusterDocument, peerId: PeerId): boolean => memberOf(document, peerId) !== undefined

export const withoutMember = (document: ClusterDocument, peerId: PeerId): ClusterDocument => ({
  ...document,
  peers: document.peers.filter((member) => member.peerId !== peerId)
})

/** Greater than zero when `a` is newer. */
export const compareVersions = (a: DocumentVersion, b: DocumentVersion): number => a.epoch - b.epoch || a.version - b.version

/** The same document, one change later. */
export function bumped(document: ClusterDocument): ClusterDocument {
  return document.order === undefined
    ? document
    : { ...document, order: { epoch: document.order.epoch, version: document.order.version + 1 } }
}
