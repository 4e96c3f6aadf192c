/** What the app hears, and what it can ask at any time. */
import type { ClusterDocument, ClusterMember } from './document.ts'
import type { Draft } from './draft.ts'
import type { Announcement, RoleName } from './effect.ts'
import type { Now, PeerId } from './events.ts'
import { roleName, slotOf } from './lease.ts'
import { isNewSession, type Left, withLeft } from './returns.ts'
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
  if (told.peers !== document.peers) tellMembers(draft, told.peers, document.peers)
  const left = told.peers === document.peers ? told.left : stillLeft(draft, told.peers, document.peers)
  draft.set({ told: { role, manager, peers: document.peers, discoveryLost, left } })
}

const idsOf = (members: readonly ClusterMember[]): ReadonlySet<PeerId> => new Set(members.map(({ peerId }) => peerId))

function tellMembers(draft: Draft, before: readonly ClusterMember[], after: readonly ClusterMember[]): void {
  const [known, present] = [idsOf(before), idsOf(after)]
  for (const peerId of known.difference(present)) announce(draft, { type: 'member-left', peerId })
  for (const member of after) {
    const { peerId } = member
    if (known.has(peerId)) continue
    announce(draft, { type: 'member-joined', peerId })
    const earlier = draft.state.told.left.find((one) => one.peerId === peerId)
    if (earlier !== undefined) announce(draft, { type: 'member-rejoined', peerId, newSession: isNewSession(draft, earlier, member) })
  }
}

function stillLeft(draft: Draft, before: readonly ClusterMember[], after: readonly ClusterMember[]): readonly Left[] {
  const present = idsOf(after)
  const gone = before.filter(({ peerId }) => !present.has(peerId))
  const { left } = draft.state.told
  return left.length + gone.length === 0 ? left : withLeft(draft, left, gone).filter(({ peerId }) => !present.has(peerId))
}

const announce = (draft: Draft, announcement: Announcement): void => draft.emit({ type: 'announce', announcement })
