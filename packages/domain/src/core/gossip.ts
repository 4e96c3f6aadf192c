/**
 * How the Manager's document reaches its members (`/auki/membership/0.0.1`): full snapshots, pushed on change, repeated every 10 s.
 *
 * The first change goes out at once; those that follow within 20 ms, or 4 ms for each member, share one document. So a storm of joins
 * costs each member a few documents, however large the cluster.
 */

import { contactOf, dueRepeats, nextRepeatAt, withContact } from './contact-book.ts'
import { bumped, type ClusterDocument, type ClusterMember, compareVersions, lists } from './document.ts'
import { type Draft, inRole } from './draft.ts'
import type { PeerId } from './events.ts'
import { mayCommit } from './lease.ts'
import { hasPeer } from './peer-set.ts'
import type { Managing } from './role.ts'
import { antiEntropyJitter, antiEntropyMs, pushSpacingMs, pushSpacingPerMemberMs, urgentMs } from './settings.ts'
import type { Contact } from './state.ts'

/** Our document with other members: one version later. Says nothing to anyone yet. */
export function changeMembers(draft: Draft, peers: readonly ClusterMember[]): void {
  const document = bumped({ ...draft.state.document, peers })
  const { floor } = draft.state
  draft.set({ document, floor: document.order !== undefined && compareVersions(document.order, floor) > 0 ? document.order : floor })
}

/** Take a document of a new reign of ours as the present one. */
export function author(draft: Draft, document: ClusterDocument): void {
  draft.set({ document, floor: document.order ?? draft.state.floor })
}

/** Push the document to all connected members, at once or together with what just went out. */
export function pushSoon(draft: Draft): void {
  const dueAt = draft.state.pushedAt + Math.max(pushSpacingMs, pushSpacingPerMemberMs * draft.state.document.peers.length)
  if (draft.ms >= dueAt) pushNow(draft)
  else draft.arm('push', dueAt)
}

export function pushNow(draft: Draft): void {
  draft.set({ pushedAt: draft.ms })
  draft.disarm('push')
  push(
    draft,
    draft.state.document.peers.map((member) => member.peerId).filter((peer) => peer !== draft.me)
  )
}

/** To those of them that are connected members. Only a confirmed Manager speaks; but a repeat is due for all of them, or some would be forgotten. */
function push(draft: Draft, peers: readonly PeerId[]): void {
  const { connected, contacts, document } = draft.state
  const speaks = mayCommit(draft.state, draft.now)
  const to: PeerId[] = []
  const repeated: Contact[] = []
  for (const peer of peers) {
    const contact = contactOf(contacts, peer)
    const told = speaks && hasPeer(connected, peer) && lists(document, peer)
    if (told) to.push(peer)
    if (contact !== undefined) repeated.push({ ...contact, repeatAt: laterRepeat(draft), pushedAt: told ? draft.ms : contact.pushedAt })
  }
  setRepeats(draft, repeated)
  if (to.length > 0) draft.emit({ type: 'push', to, document })
}

const laterRepeat = (draft: Draft): number => draft.ms + draft.jittered(antiEntropyMs, antiEntropyJitter)

function setRepeats(draft: Draft, changed: readonly Contact[]): void {
  const contacts = changed.reduce(withContact, draft.state.contacts)
  draft.set({ contacts })
  if (inRole(draft, 'managing')) draft.arm('repeat', nextRepeatAt(contacts))
}

/** A member's heartbeat shows the document it holds: an older one hurries the repeat, at most once a second; the next may show that it had come. */
export function onShownVersion(draft: Draft<Managing>, peer: PeerId): void {
  const contact = contactOf(draft.state.contacts, peer)
  if (contact === undefined || !mayCommit(draft.state, draft.now)) return
  const { repeatAt = Number.POSITIVE_INFINITY, pushedAt = 0 } = contact
  const hurriedAt = pushedAt + urgentMs
  const hurried = Math.min(repeatAt, Math.max(draft.ms, hurriedAt))
  if (behind(draft, contact)) {
    if (hurried !== repeatAt) setRepeats(draft, [{ ...contact, repeatAt: hurried }])
  } else if (repeatAt <= hurriedAt) setRepeats(draft, [{ ...contact, repeatAt: laterRepeat(draft) }])
}

function behind(draft: Draft, contact: Contact): boolean {
  const { order } = draft.state.document
  return order !== undefined && contact.shows !== undefined && compareVersions(contact.shows, order) < 0
}

/** A member that just connected may have missed everything. */
export function onMemberConnected(draft: Draft<Managing>, peer: PeerId): void {
  if (lists(draft.state.document, peer)) push(draft, [peer])
}

export function repeatPush(draft: Draft<Managing>): void {
  const due = dueRepeats(draft.state.contacts, draft.ms)
  if (due.length > 0) push(draft, due)
  else draft.arm('repeat', nextRepeatAt(draft.state.contacts))
}
