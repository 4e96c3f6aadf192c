/**
 * Taking another's document as ours, and being settled behind its author.
 */
import { reconcileWatch, updateContact } from './contacts.ts'
import { type ClusterDocument, type ClusterMember, compareVersions, lists, memberOf } from './document.ts'
import type { Draft } from './draft.ts'
import type { PeerId } from './events.ts'
import { aimHeartbeats, allowMembers, moveSlot } from './membership.ts'
import { sameAddresses } from './own-addresses.ts'
import { startRejoin, stopRejoin } from './rejoin.ts'
import type { Following } from './role.ts'
import { answeredAnew, lookAnew, lookLater, searchOf } from './stance.ts'

/** A pushed document that passed every check. */
export function adoptPushed(draft: Draft<Following>, author: PeerId, document: ClusterDocument): void {
  if (document.order !== undefined) draft.set({ floor: document.order })
  if (tellsOldAddresses(draft, document)) lookAnew(draft)
  adopt(draft, author, document)
}

/**
 * The first document of another reign has an old line of ours: its author had not heard yet that we moved. That reign may have the lower revision, where the
 * directory came back with its clock behind. Or we have just moved, and the document we hold had the right line: a JoinRequest of before was overtaken. At
 * any other time such a line is of another process of our identity.
 */
function tellsOldAddresses({ state, me }: Draft<Following>, document: ClusterDocument): boolean {
  const { multiaddrs } = state.self
  const tellsOurs = (own: ClusterMember | undefined): boolean => own !== undefined && sameAddresses(own.multiaddrs, multiaddrs)
  const isNewReign = document.order !== undefined && document.order.epoch !== state.document.order?.epoch
  const overtaken = state.timers.haste !== undefined && tellsOurs(memberOf(state.document, me))
  return lists(document, me) && !tellsOurs(memberOf(document, me)) && (isNewReign || overtaken)
}

/**
 * An Accept sets the floor outright, unless a greater document was adopted after its JoinRequest was sent: that one stays, and the
 * join is done if it lists us. `false`: it came too late to be of use.
 */
export function adoptAccept(draft: Draft<Following>, manager: PeerId, document: ClusterDocument, askedAt: number): boolean {
  const held = draft.state.document
  const overtaken =
    draft.state.adoptedAt > askedAt &&
    held.order !== undefined &&
    document.order !== undefined &&
    compareVersions(held.order, document.order) > 0
  if (overtaken) {
    if (!lists(held, draft.me)) return false
    moveSlot(draft, manager)
    settle(draft)
    return true
  }
  if (document.order !== undefined) draft.set({ floor: document.order })
  answeredAnew(draft)
  adopt(draft, manager, document)
  return true
}

function adopt(draft: Draft<Following>, author: PeerId, document: ClusterDocument): void {
  draft.set({ document, adoptedAt: draft.ms })
  draft.follow({ pending: undefined })
  moveSlot(draft, author)
  const settles = lists(document, draft.me) && !searchOf(draft.role.stance).anew
  if (settles) settle(draft)
  allowMembers(draft, notListedAddresses(draft))
  aimHeartbeats(draft)
  reconcileWatch(draft)
  if (!settles) rejoinAuthor(draft, author, document)
}

/** A Manager being rejoined keeps the addresses of its row. */
function notListedAddresses(draft: Draft<Following>): { peerId: PeerId; multiaddrs: readonly string[] }[] {
  const { rejoin } = draft.role
  return rejoin === undefined ? [] : [{ peerId: rejoin.peer, multiaddrs: rejoin.multiaddrs }]
}

/** We were evicted, and are alive, or have to ask anyway: at once. */
function rejoinAuthor(draft: Draft<Following>, author: PeerId, document: ClusterDocument): void {
  if (draft.role.stance.kind === 'settled') lookLater(draft)
  const row = draft.state.newest?.row
  const addresses = row?.manager === author ? row.multiaddrs : (memberOf(document, author)?.multiaddrs ?? [])
  startRejoin(draft, author, addresses, row?.manager === author ? row.revision : document.order?.epoch)
}

/** Behind the Manager that the row names. From now on only its silence, a row that differs or a hint makes us ask again. */
export function settle(draft: Draft<Following>): void {
  stopRejoin(draft)
  draft.follow({ stance: { kind: 'settled' } })
  draft.disarm('stance')
  const { slot } = draft.role
  if (slot !== undefined) updateContact(draft, slot, { lastSeen: draft.ms, forgivenMs: 0 })
}
