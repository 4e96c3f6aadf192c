/**
 * Changes of the slot and of the document, with everything that must follow them: allow-list, heartbeat targets, who is watched.
 */
import { reconcileWatch } from './contacts.ts'
import type { AllowedMember, Member, PeerId } from './events.ts'
import type { Turn } from './turn.ts'

/** All members but ourselves, and the Manager that the row names, which may have come back under other addresses: those of the row first. */
export function allowMembers(turn: Turn, managers: readonly Member[] = []): number {
  const allowed = new Map<PeerId, AllowedMember>()
  const allow = (peerId: PeerId, multiaddrs: readonly string[]): void => {
    const known = allowed.get(peerId)
    allowed.set(peerId, { ...known, peerId, multiaddrs: [...new Set([...(known?.multiaddrs ?? []), ...multiaddrs])] })
  }
  for (const { peerId, multiaddrs } of managers) allowed.set(peerId, { peerId, multiaddrs, manager: true })
  for (const member of turn.state.document.peers) if (member.peerId !== turn.me) allow(member.peerId, member.multiaddrs)
  for (const { peer } of turn.state.departing) allow(peer, [])
  const no = turn.number()
  turn.emit({ type: 'set-allowed', no, members: [...allowed.values()] })
  return no
}

/** At once, whatever their backoff says: a member whose dial waits would be evicted before it is due. */
export function dialMembers(turn: Turn): void {
  for (const { peerId } of turn.state.document.peers)
    if (peerId !== turn.me && !turn.state.connected.has(peerId)) turn.emit({ type: 'dial', peer: peerId })
}

/** The Manager beats to everybody, also while headless; others beat to nobody. */
export function aimHeartbeats(turn: Turn): void {
  const peers =
    turn.managing() === undefined ? [] : turn.state.document.peers.map((member) => member.peerId).filter((peer) => peer !== turn.me)
  turn.emit({ type: 'set-targets', peers })
}

/** A follower's Manager slot moves: marks from another reign must not outlive it. */
export function moveSlot(turn: Turn, slot: PeerId | undefined): void {
  const role = turn.following()
  if (role === undefined || role.slot === slot) return
  turn.follow({ slot })
  aimHeartbeats(turn)
  reconcileWatch(turn, { afresh: true })
}
