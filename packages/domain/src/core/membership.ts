/**
 * Changes of the slot and of the document, with everything that must follow them: allow-list, heartbeat targets, who is watched.
 */
import { reconcileWatch } from './contacts.ts'
import type { Member, PeerId } from './events.ts'
import { addressCharsMax, addressesMax } from './settings.ts'
import type { Turn } from './turn.ts'

/** All members but ourselves, and those who may come back under other addresses. */
export function allowMembers(turn: Turn, extra: readonly Member[] = []): number {
  const allowed = new Map<PeerId, readonly string[]>()
  for (const member of turn.state.document.peers) if (member.peerId !== turn.me) allowed.set(member.peerId, member.multiaddrs)
  for (const { peer } of turn.state.departing) allowed.set(peer, [])
  for (const { peerId, multiaddrs } of extra) allowed.set(peerId, [...new Set([...(allowed.get(peerId) ?? []), ...multiaddrs])])
  const no = turn.number()
  turn.emit({ type: 'set-allowed', no, members: [...allowed].map(([peerId, multiaddrs]) => ({ peerId, multiaddrs: bounded(multiaddrs) })) })
  return no
}

/** Documents and rows come from others: a handful of addresses of sane length is all we dial. */
export const bounded = (multiaddrs: readonly string[]): readonly string[] =>
  multiaddrs.filter((address) => address.length <= addressCharsMax).slice(0, addressesMax)

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
