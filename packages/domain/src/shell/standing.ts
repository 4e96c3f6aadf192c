/** Views of the core's state for the shell and the app; after the end they show the last state. */
import { type ClusterMember, type Now, type RoleName, type State, type View, view } from '../core/index.ts'
import type { Phase } from './lifecycle.ts'

export interface Standing extends Omit<View, 'role'> {
  readonly role: RoleName
}

export function standingOf(state: State, now: Now, phase: Phase): Standing {
  const seen = view(state, now)
  // The lease may still run, but nobody acts on it any more.
  if (phase === 'over') return { ...seen, role: 'ended', isManager: false }
  // While leaving, the core has no role: what we were last is told by who is Manager.
  return { ...seen, role: seen.role ?? (seen.managerPeerId === state.self.peerId ? 'headless' : 'follower') }
}

/** What the app was told by events so far. */
export interface Told {
  readonly role: RoleName
  readonly managerPeerId: string | undefined
  readonly members: readonly ClusterMember[]
}

export function toldBy({ told: { role = 'ended', manager, peers } }: State, phase: Phase): Told {
  return { role: phase === 'over' ? 'ended' : role, managerPeerId: manager, members: peers }
}

/** Whether the peer is the Manager we follow, or the newest row names it. */
export function isBelieved(state: State, now: Now, peerId: string): boolean {
  return peerId === view(state, now).managerPeerId || peerId === state.newest?.row?.manager
}
