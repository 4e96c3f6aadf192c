/**
 * Taking another's document as ours, and being settled behind its author.
 */
import { reconcileWatch, updateContact } from './contacts.ts'
import { type ClusterDocument, compareVersions, lists, memberOf } from './document.ts'
import type { PeerId } from './events.ts'
import { aimHeartbeats, allowMembers, moveSlot } from './membership.ts'
import { unsettledUntil } from './promotion.ts'
import { recheckAt } from './recheck.ts'
import { startRejoin, stopRejoin } from './rejoin.ts'
import type { Turn } from './turn.ts'

/** A pushed document that passed every check. */
export function adoptPushed(turn: Turn, author: PeerId, document: ClusterDocument): void {
  if (document.order !== undefined) turn.set({ floor: document.order })
  adopt(turn, author, document)
}

/**
 * An Accept sets the floor outright, unless a greater document was adopted after its JoinRequest was sent: that one stays, and the
 * join is done if it lists us. `false`: it came too late to be of use.
 */
export function adoptAccept(turn: Turn, manager: PeerId, document: ClusterDocument, askedAt: number): boolean {
  const held = turn.state.document
  const overtaken =
    turn.state.adoptedAt > askedAt &&
    held.order !== undefined &&
    document.order !== undefined &&
    compareVersions(held.order, document.order) > 0
  if (overtaken) {
    if (!lists(held, turn.me)) return false
    moveSlot(turn, manager)
    settle(turn)
    return true
  }
  if (document.order !== undefined) turn.set({ floor: document.order })
  adopt(turn, manager, document)
  return true
}

function adopt(turn: Turn, author: PeerId, document: ClusterDocument): void {
  turn.set({ document, adoptedAt: turn.ms, pending: undefined })
  moveSlot(turn, author)
  if (lists(document, turn.me)) settle(turn)
  allowMembers(turn, notListedAddresses(turn))
  aimHeartbeats(turn)
  reconcileWatch(turn)
  if (!lists(document, turn.me)) rejoinAuthor(turn, author, document)
}

/** A Manager being rejoined keeps the addresses of its row. */
function notListedAddresses(turn: Turn): { peerId: PeerId; multiaddrs: readonly string[] }[] {
  const rejoin = turn.following()?.rejoin
  return rejoin === undefined ? [] : [{ peerId: rejoin.peer, multiaddrs: rejoin.multiaddrs }]
}

/** We were evicted, and are alive: ask to be taken back at once. */
function rejoinAuthor(turn: Turn, author: PeerId, document: ClusterDocument): void {
  const unsettled = turn.following()?.unsettled
  turn.follow({
    unsettled: unsettled ?? unsettledUntil({ kind: 'recheck', at: recheckAt(turn) })
  })
  const row = turn.state.newest?.row
  const addresses = row?.manager === author ? row.multiaddrs : (memberOf(document, author)?.multiaddrs ?? [])
  startRejoin(turn, author, addresses, row?.manager === author ? row.revision : document.order?.epoch)
}

/** Behind the Manager that the row names. From now on only its silence, a row that differs or a hint makes us ask again. */
export function settle(turn: Turn): void {
  stopRejoin(turn)
  turn.follow({ unsettled: undefined, gaveUp: undefined })
  const slot = turn.following()?.slot
  if (slot !== undefined) updateContact(turn, slot, { lastSeen: turn.ms, forgivenMs: 0 })
}
