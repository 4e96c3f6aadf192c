/**
 * Who is heard, who is watched, who is lost.
 *
 * Silence, not a closed connection, is loss; and silence counts only while this machine could have listened.
 */
import { allContacts, changeContacts, contactOf, contactsFrom, peersWhere, withContact } from './contact-book.ts'
import { lists } from './document.ts'
import type { Draft } from './draft.ts'
import type { PeerId } from './events.ts'
import { slotOf } from './lease.ts'
import { hasPeer, withoutPeer, withPeer } from './peer-set.ts'
import { heardMs, scanMs, verdictPostponedMaxMs } from './settings.ts'
import type { Contact, State } from './state.ts'

export const stranger = (peer: PeerId): Contact => ({
  peer,
  heardAt: undefined,
  heardAs: '',
  lastSeen: undefined,
  forgivenMs: 0,
  gone: false,
  shows: undefined,
  repeatAt: undefined,
  pushedAt: undefined,
  process: undefined
})

/** A heartbeat of this peer came in the last 1.5 s, watched or not. */
export function heard(draft: Draft, peer: PeerId): boolean {
  const heardAt = contactOf(draft.state.contacts, peer)?.heardAt
  return heardAt !== undefined && draft.ms - heardAt <= heardMs
}

/** Whose silence we mind: as Manager all members, else the Manager slot, even if it is not in the document. */
function watchlist(state: State): readonly PeerId[] {
  const slot = slotOf(state)
  if (slot !== state.self.peerId) return slot === undefined ? [] : [slot]
  return state.document.peers.map((member) => member.peerId).filter((peer) => peer !== slot)
}

/** Is there anybody whose silence we mind? */
export function watches(state: State): boolean {
  const slot = slotOf(state)
  return slot === state.self.peerId ? state.document.peers.some(({ peerId }) => peerId !== slot) : slot !== undefined
}

export function updateContact(draft: Draft, peer: PeerId, patch: Partial<Contact>): void {
  const { contacts } = draft.state
  draft.set({ contacts: withContact(contacts, { ...(contactOf(contacts, peer) ?? stranger(peer)), ...patch }) })
}

/** After every change of slot or document: newly watched peers start with "seen now", others lose their times. */
export function reconcileWatch(draft: Draft, options: { afresh: boolean } = { afresh: false }): void {
  const { contacts, document, connected } = draft.state
  const watched = new Set(watchlist(draft.state))
  const begun = { lastSeen: draft.ms, forgivenMs: 0, process: undefined }
  const kept: Contact[] = []
  for (const contact of allContacts(contacts)) {
    const { peer } = contact
    if (watched.has(peer)) kept.push(options.afresh || contact.lastSeen === undefined ? { ...contact, ...begun } : contact)
    else if (lists(document, peer) || hasPeer(connected, peer)) {
      // What one that is no member showed before is nothing that it shows as a member again.
      const shows = lists(document, peer) ? contact.shows : undefined
      kept.push({ ...contact, lastSeen: undefined, repeatAt: undefined, process: undefined, shows })
    }
  }
  for (const peer of watched) if (contactOf(contacts, peer) === undefined) kept.push({ ...stranger(peer), ...begun })
  draft.set({ contacts: contactsFrom(kept) })
}

/** A sign of life of a watched peer. */
export function seen(draft: Draft, peer: PeerId): void {
  if (contactOf(draft.state.contacts, peer)?.lastSeen !== undefined) updateContact(draft, peer, { lastSeen: draft.ms, forgivenMs: 0 })
}

export function onConnected(draft: Draft, peer: PeerId): void {
  draft.set({ connected: withPeer(draft.state.connected, peer) })
  if (contactOf(draft.state.contacts, peer)?.gone === true) updateContact(draft, peer, { gone: false })
  seen(draft, peer)
}

/** Only remembered here: what follows from it is the Manager's to decide. Of one that is connected again it is old news. */
export function onGone(draft: Draft, peer: PeerId): void {
  const { connected, contacts, document } = draft.state
  const isKnown = contactOf(contacts, peer) !== undefined || lists(document, peer)
  if (isKnown && !hasPeer(connected, peer)) updateContact(draft, peer, { gone: true })
}

/** A closed connection is no loss: the times stay. */
export function onDisconnected(draft: Draft, peer: PeerId): void {
  draft.set({ connected: withoutPeer(draft.state.connected, peer) })
}

/** Time in which this machine could not listen is nobody's silence; at most 15 s of it per silence. */
export function forgive(draft: Draft, ms: number): void {
  if (!draft.state.settings.localHealthGuard) return
  const forgiven = ({ lastSeen = 0, forgivenMs }: Contact): number =>
    Math.max(0, Math.min(ms, verdictPostponedMaxMs - forgivenMs, draft.ms - lastSeen))
  const contacts = changeContacts(draft.state.contacts, (contact) => {
    if (contact.lastSeen === undefined) return contact
    const more = forgiven(contact)
    return { ...contact, lastSeen: contact.lastSeen + more, forgivenMs: contact.forgivenMs + more }
  })
  draft.set({ contacts })
}

/** After a suspend nobody was silent: nobody could be heard. And which process of a member lives is open again, however few ms ago its beat seems to be. */
export function allSeenNow(draft: Draft): void {
  const contacts = changeContacts(draft.state.contacts, (contact) => {
    const unproven = contact.process && { ...contact.process, heardAt: undefined }
    return contact.lastSeen === undefined ? contact : { ...contact, lastSeen: draft.ms, forgivenMs: 0, process: unproven }
  })
  draft.set({ contacts, verdict: undefined })
}

/** Watched, and silent for too long; or, at the Manager, gone. Whoever others are being asked about is judged by what they say. */
function isSuspect(draft: Draft, { peer, lastSeen, gone }: Contact): boolean {
  if (lastSeen === undefined) return false
  const { role, settings } = draft.state
  const manages = role.kind === 'managing'
  if (manages && role.doubts.some((doubt) => doubt.peer === peer)) return false
  return (manages && gone) || draft.ms - lastSeen > settings.peerLossTimeoutMs
}

/** Look for peers that are silent or gone; the verdict waits until the event loop has turned once, so that what is buffered is read first. */
export function scan(draft: Draft): void {
  draft.arm('scan', draft.ms + scanMs)
  const suspects = peersWhere(draft.state.contacts, (contact) => isSuspect(draft, contact))
  if (suspects.length === 0) return
  const no = draft.number()
  draft.set({ verdict: { no, suspects } })
  draft.emit({ type: 'turn-loop', no })
}

/** The suspects that are still silent. Judging ends their case: the next one starts from now. */
export function judge(draft: Draft, no: number): readonly PeerId[] {
  const verdict = draft.state.verdict
  if (verdict?.no !== no) return []
  draft.set({ verdict: undefined })
  const lost = verdict.suspects.filter((peer) => isSuspect(draft, contactOf(draft.state.contacts, peer) ?? stranger(peer)))
  for (const peer of lost) updateContact(draft, peer, { lastSeen: draft.ms, forgivenMs: 0 })
  return lost
}
