/** Who may become Manager, as checkers see it: told anew here, not taken from the core that they check. */
import type { ClusterMember } from '@auki/domain/core'
import type { State } from './core.ts'
import type { Process } from './process.ts'

/** Whoever nobody can dial is no heir. */
export const isHeir = ({ observer, multiaddrs }: ClusterMember): boolean => !observer && multiaddrs.length > 0

/** May this process ask for the row? A follower has the addresses that the document has of it, if that lists it. */
export function mayReign({ peer, spec, addresses }: Process, { document, role }: State): boolean {
  const entry = document.peers.find(({ peerId }) => peerId === peer)
  return !spec.observer && (role.kind !== 'following' || (entry?.multiaddrs ?? addresses).length > 0)
}
