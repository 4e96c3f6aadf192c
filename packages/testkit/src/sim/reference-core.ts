import type { Core, State, View } from './core.ts'
import { ReferencePeer } from './reference.ts'

/** A peer by the reference's rules in the place of our core. It is not a function but changes in its place. */
export const referenceCore: Core = {
  initialState: (init, now) => new ReferencePeer(init, now) as unknown as State,
  step: (state, event, now) => ({ state, effects: peerOf(state).step(event, now) }),
  nextDeadline: (state) => peerOf(state).deadline(),
  view: (state) => viewOf(peerOf(state)),
  isHere: () => false
}

const peerOf = (state: State): ReferencePeer => state as unknown as ReferencePeer

function viewOf({ kind, slot, document }: ReferencePeer): View {
  const role = kind === 'managing' ? 'manager' : kind === 'following' ? 'follower' : undefined
  const { clusterName } = document
  return { role, isManager: kind === 'managing', managerPeerId: slot, clusterName, membership: document, relayMultiaddrs: [] }
}
