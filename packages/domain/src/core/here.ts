/** What a suspect says of itself when a witness asks (`/auki/seen/0.0.1`). */
import type { PeerId } from './events.ts'
import type { View } from './telling.ts'

/**
 * Is this peer in that cluster, and knows it? A process that is only on its way in, or out, is not: it lives, but the entry in the document is of an earlier
 * one, which is gone.
 */
export function isHere({ role, clusterName, membership }: View, localPeerId: PeerId, cluster: string): boolean {
  if (role === undefined || role === 'ended' || clusterName !== cluster) return false
  return membership.peers.some(({ peerId }) => peerId === localPeerId)
}
