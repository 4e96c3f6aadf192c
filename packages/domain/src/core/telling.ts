/** What the app hears, and what it can ask at any time. */
import type { ClusterDocument } from './document.ts'
import type { Draft } from './draft.ts'
import type { Announcement, RoleName } from './effect.ts'
import type { Now, PeerId } from './events.ts'
import { roleName, slotOf } from './lease.ts'
import type { State } from './state.ts'

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
export function tell(draft: Draft): void {
  const role = roleName(draft.state.role, draft.now)
  // The end has an event of its own.
  if (role === undefined || role === 'ended') return
  const { told, document, discoveryLost } = draft.state
  const manager = slotOf(draft.state)
  if (told.role === role && told.manager === manager && told.peers === document.peers && told.discoveryLost === discoveryLost) return
  if (told.role !== role) announce(draft, { type: 'role-changed', role })
  if (told.manager !== manager) announce(draft, { type: 'manager-changed', managerPeerId: manager })
  if (told.discoveryLost !== discoveryLost) announce(draft, { type: discoveryLost ? 'discovery-lost' : 'discovery-regained' })
  if (told.peers !== document.peers)
    tellMembers(draft, new Set(told.peers.map(({ peerId }) => peerId)), new Set(document.peers.map(({ peerId }) => peerId)))
  draft.set({ told: { role, manager, peers: document.peers, discoveryLost } })
}

function tellMembers(draft: Draft, before: ReadonlySet<PeerId>, after: ReadonlySet<PeerId>): void {
  for (const peerId of before.difference(after)) announce(draft, { type: 'member-left', peerId })
  for (const peerId of after.difference(before)) announce(draft, { type: 'member-joined', peerId })
}

const announce = (draft: Draft, announcement: Announcement): void => draft.emit({ type: 'announce', announcement })
