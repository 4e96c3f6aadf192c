/** The membership document as the rules see it: a value that never changes; a change makes a new one. How it is written is the network's business. */
import type { ClusterDocument, ClusterMember, DocumentVersion } from '@auki/network'
import type { PeerId } from './events.ts'

export type { ClusterDocument, ClusterMember, DocumentVersion } from '@auki/network'

export const memberOf = (document: ClusterDocument, peerId: PeerId): ClusterMember | undefined =>
  document.peers.find((member) => member.peerId === peerId)

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
