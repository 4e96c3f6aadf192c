/** A persistent set of peers: adding or removing one copies one bucket, not the whole set. */
import type { PeerId } from './events.ts'

export type PeerSet = readonly (readonly PeerId[])[]

const bucketCount = 128

export const noPeers: PeerSet = Array.from({ length: bucketCount }, () => [])

/** Peer ids are random at their end. */
function bucketOf(peer: PeerId): number {
  let hash = 0
  for (let at = Math.max(0, peer.length - 4); at < peer.length; at++) hash = 31 * hash + peer.charCodeAt(at)
  return hash % bucketCount
}

export const hasPeer = (peers: PeerSet, peer: PeerId): boolean => peers[bucketOf(peer)]!.includes(peer)

export const withPeer = (peers: PeerSet, peer: PeerId): PeerSet =>
  hasPeer(peers, peer) ? peers : peers.with(bucketOf(peer), [...peers[bucketOf(peer)]!, peer])

export const withoutPeer = (peers: PeerSet, peer: PeerId): PeerSet =>
  peers.with(
    bucketOf(peer),
    peers[bucketOf(peer)]!.filter((known) => known !== peer)
  )
