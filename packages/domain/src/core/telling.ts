/** What the app hears, and what it can ask at any time. */
import type { ClusterDocument } from './document.ts'
import type { Announcement, Now, PeerId, RoleName } from './events.ts'
import { roleName, slotOf } from './lease.ts'
import type { State } from './state.ts'
import type { Turn } from './turn.ts'

export interface View {
  /** `undefined` before the bootstrap is done and while leaving. */
  readonly role: RoleName | undefined
  readonly isManager: boolean
  readonly managerPeerId: PeerId | undefined
  readonly clusterName: string
  readonly membership: ClusterDocument
  readonly relayMultiaddrs: readonly string[]
}

export function view(state: State, now: Now): View {
  const role = roleName(state.role, now)
  return {
    role,
    isManager: role === 'manager',
    managerPeerId: slotOf(state),
    clusterName: state.clusterName,
    membership: state.document,
    relayMultiaddrs: state.relayMultiaddrs
  }
}

/** Announce what changed since the app was last told. */
export function tell(turn: Turn): void {
  const role = roleName(turn.state.role, turn.now)
  // The end has an event of its own.
  if (role === undefined || role === 'ended') return
  const { told, document, discoveryLost } = turn.state
  const manager = slotOf(turn.state)
  if (told.role === role && told.manager === manager && told.peers === document.peers && told.discoveryLost === discoveryLost) return
  if (told.role !== role) announce(turn, { type: 'role-changed', role })
  if (told.manager !== manager) announce(turn, { type: 'manager-changed', managerPeerId: manager })
  if (told.discoveryLost !== discoveryLost) announce(turn, { type: discoveryLost ? 'discovery-lost' : 'discovery-regained' })
  if (told.peers !== document.peers)
    tellMembers(turn, new Set(told.peers.map(({ peerId }) => peerId)), new Set(document.peers.map(({ peerId }) => peerId)))
  turn.set({ told: { role, manager, peers: document.peers, discoveryLost } })
}

function tellMembers(turn: Turn, before: ReadonlySet<PeerId>, after: ReadonlySet<PeerId>): void {
  for (const peerId of before.difference(after)) announce(turn, { type: 'member-left', peerId })
  for (const peerId of after.difference(before)) announce(turn, { type: 'member-joined', peerId })
}

const announce = (turn: Turn, announcement: Announcement): void => turn.emit({ type: 'announce', announcement })
