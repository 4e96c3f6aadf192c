/**
 * Changes of the slot and of the document, with everything that must follow them: allow-list, heartbeat targets, who is watched.
 */
import { reconcileWatch } from './contacts.ts'
import { type Draft, inRole } from './draft.ts'
import type { AllowedMember, Member } from './effect.ts'
import type { PeerId } from './events.ts'
import { slotOf } from './lease.ts'
import { hasPeer } from './peer-set.ts'
import type { Following } from './role.ts'

/** All members but ourselves, and the Manager that the row names, which may have come back under other addresses: those of the row first. */
export function allowMembers(draft: Draft, managers: readonly Member[] = []): void {
  const slot = slotOf(draft.state)
  const follows = inRole(draft, 'following')
  const allowed = new Map<PeerId, AllowedMember>()
  const allow = (peerId: PeerId, multiaddrs: readonly string[]): void => {
    const known = allowed.get(peerId)
    const fellow = follows && peerId !== slot && known === undefined
    const others = { ...known, ...(fellow && { fellow: true as const }) }
    allowed.set(peerId, { ...others, peerId, multiaddrs: [...new Set([...(known?.multiaddrs ?? []), ...multiaddrs])] })
  }
  for (const { peerId, multiaddrs } of managers) allowed.set(peerId, { peerId, multiaddrs, manager: true })
  for (const member of draft.state.document.peers) if (member.peerId !== draft.me) allow(member.peerId, member.multiaddrs)
  for (const { peer } of draft.state.departing) allow(peer, [])
  draft.emit({ type: 'set-allowed', members: [...allowed.values()] })
}

/** At once, whatever their backoff says: a member whose dial waits would be evicted before it is due. */
export function dialMembers(draft: Draft): void {
  for (const { peerId } of draft.state.document.peers)
    if (peerId !== draft.me && !hasPeer(draft.state.connected, peerId)) draft.emit({ type: 'dial', peer: peerId })
}

/** The Manager beats to everybody, also while headless; others beat to nobody. */
export function aimHeartbeats(draft: Draft): void {
  const { peers: members } = draft.state.document
  const peers = inRole(draft, 'managing') ? members.map((member) => member.peerId).filter((peer) => peer !== draft.me) : []
  draft.emit({ type: 'set-targets', peers })
}

/** A follower's Manager slot moves: marks from another reign must not outlive it. */
export function moveSlot(draft: Draft<Following>, slot: PeerId): void {
  if (draft.role.slot === slot) return
  draft.follow({ slot })
  aimHeartbeats(draft)
  reconcileWatch(draft, { afresh: true })
}
