import type { ClusterManager } from '@auki/domain'
import { CliError } from './errors.ts'

const others = ({ membership, localPeerId }: ClusterManager) => membership.peers.filter(({ peerId }) => peerId !== localPeerId)

/** The peer ids of all other members but observers. */
export function othersOf(manager: ClusterManager): string[] {
  return others(manager).flatMap(({ peerId, observer }) => (observer ? [] : peerId))
}

/** The peer id that was given, when it is that of another member. @throws CliError 'no-such-member' */
export function needMember(manager: ClusterManager, peerId: string): string {
  if (others(manager).some((member) => member.peerId === peerId)) return peerId
  const { clusterName: cluster } = manager
  // Observers are members, too, but have nothing to show.
  const named = othersOf(manager).join(', ')
  throw new CliError('no-such-member', `"${peerId}" is not in ${cluster}; its members are ${named}`, { cluster, peer: peerId })
}
