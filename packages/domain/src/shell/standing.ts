/** How things stand in the cluster, as the core's state says; after the end: how they stood. */
import { type ClusterMember, type Now, type RoleName, type State, type View, view } from '../core/index.ts'

export interface Standing extends Omit<View, 'role'> {
  readonly role: RoleName
}

export function standingOf(state: State, now: Now, isOver: boolean): Standing {
  const seen = view(state, now)
  // A lease that is not over yet means nothing any more.
  if (isOver) return { ...seen, role: 'ended', isManager: false }
  // Who leaves has dropped its lease; whose Manager it was last is still known.
  return { ...seen, role: seen.role ?? (seen.managerPeerId === state.self.peerId ? 'headless' : 'follower') }
}

/** What the app was told by events so far. */
export interface Told {
  readonly role: RoleName
  readonly managerPeerId: string | undefined
  readonly members: readonly ClusterMember[]
}

export function toldBy({ told: { role = 'ended', manager, peers } }: State, isOver: boolean): Told {
  return { role: isOver ? 'ended' : role, managerPeerId: manager, members: peers }
}

/** Whether the peer is the Manager we follow, or the newest row names it. */
export function isBelieved(state: State, now: Now, peerId: string): boolean {
  return peerId === view(state, now).managerPeerId || peerId === state.newest?.row?.manager
}
