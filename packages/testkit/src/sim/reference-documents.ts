/** Membership documents as the reference keeps them: without an order, and without what it does not know. */
import type { ClusterDocument, ClusterMember } from '@auki/domain/core'
import type { Member, PeerId } from './core.ts'

/** What a peer that follows the reference's rules reads in a document; nothing if it is of another cluster or does not list its author. */
export function readDocument(document: ClusterDocument, clusterName: string, author: PeerId): ClusterDocument | undefined {
  if (document.clusterName !== clusterName) return undefined
  if (!document.peers.some(({ peerId }) => peerId === author)) return undefined
  return { clusterName, order: undefined, peers: document.peers.map((member) => ({ ...member, observer: false })) }
}

/** With this member: in its old place and with its old join time, or at the end. */
export function withMember(document: ClusterDocument, { peerId, multiaddrs }: Member, wallNs: bigint): ClusterDocument {
  const known = document.peers.find((member) => member.peerId === peerId)
  const member = { peerId, multiaddrs, joinTsNs: known?.joinTsNs ?? wallNs, successorToken: [], observer: false }
  const peers = known === undefined ? [...document.peers, member] : document.peers.map((old) => (old === known ? member : old))
  return { ...document, peers }
}

export function withoutMembers(document: ClusterDocument, gone: readonly PeerId[]): ClusterDocument {
  return { ...document, peers: document.peers.filter(({ peerId }) => !gone.includes(peerId)) }
}

/** Join time, then id: it knows neither observers nor members that nobody can dial. */
export function successorOf(peers: ClusterDocument['peers'], reachable: readonly PeerId[]): PeerId | undefined {
  const before = (a: ClusterMember, b: ClusterMember): boolean =>
    a.joinTsNs < b.joinTsNs || (a.joinTsNs === b.joinTsNs && a.peerId < b.peerId)
  const candidates = peers.filter(({ peerId }) => reachable.includes(peerId))
  return candidates.reduce<ClusterMember | undefined>((best, one) => (best === undefined || before(one, best) ? one : best), undefined)
    ?.peerId
}
