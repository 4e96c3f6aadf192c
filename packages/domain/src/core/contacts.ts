/**
 * Who is heard, who is watched, who is lost.
 *
 * Silence, not a closed connection, is loss; and silence counts only while this machine could have listened.
 */
import { lists } from './document.ts'
import type { Draft } from './draft.ts'
import type { Event, PeerId } from './events.ts'
import { processHeard } from './instances.ts'
import { slotOf } from './lease.ts'
import { heardMs, scanMs, verdictPostponedMaxMs } from './settings.ts'
import type { Contact, State } from './state.ts'

const stranger: Contact = {
  heardAt: undefined,
  heardAs: '',
  lastSeen: undefined,
  forgivenMs: 0,
  shows: undefined,
  repeatAt: undefined,
  pushedAt: undefined,
  process: undefined
}

/** A heartbeat of this peer came in the last 1.5 s, watched or not. */
export function heard(draft: Draft, peer: PeerId): boolean {
  const heardAt = draft.state.contacts.get(peer)?.heardAt
  return heardAt !== undefined && draft.ms - heardAt <= heardMs
}

/** Whose silence we mind: as Manager all members, else the Manager slot, even if it is not in the document. */
export function watchlist(state: State): readonly PeerId[] {
  const slot = slotOf(state)
  if (slot !== state.self.peerId) return slot === undefined ? [] : [slot]
  return state.document.peers.map((member) => member.peerId).filter((peer) => peer !== slot)
}

export function updateContact(draft: Draft, peer: PeerId, patch: Partial<Contact>): void {
  const contacts = new Map(draft.state.contacts)
  contacts.set(peer, { ...(contacts.get(peer) ?? stranger), ...patch })
  draft.set({ contacts })
}

/** After every change of slot or document: newly watched peers start with "seen now", others lose their times. */
export function reconcileWatch(draft: Draft, options: { afresh: boolean } = { afresh: false }): void {
  const watched = new Set(watchlist(draft.state))
  const contacts = new Map<PeerId, Contact>()
  const begun = { lastSeen: draft.ms, forgivenMs: 0, process: undefined }
  for (const [peer, contact] of draft.state.contacts) {
    if (watched.has(peer)) {
      contacts.set(peer, options.afresh || contact.lastSeen === undefined ? { ...contact, ...begun } : contact)
    } else if (lists(draft.state.document, peer) || draft.state.connected.has(peer)) {
      contacts.set(peer, { ...contact, lastSeen: undefined, repeatAt: undefined, process: undefined })
    }
  }
  for (const peer of watched) if (!contacts.has(peer)) contacts.set(peer, { ...stranger, ...begun })
  draft.set({ contacts })
}

/** A sign of life of a watched peer. */
export function seen(draft: Draft, peer: PeerId): void {
  if (draft.state.contacts.get(peer)?.lastSeen !== undefined) updateContact(draft, peer, { lastSeen: draft.ms, forgivenMs: 0 })
}

export function onHeartbeat(draft: Draft, event: Extract<Event, { type: 'heartbeat-received' }>): void {
  const watched = draft.state.contacts.get(event.peer)?.lastSeen !== undefined
  updateContact(draft, event.peer, {
    heardAt: draft.ms,
    heardAs: event.instance ?? '',
    shows: event.membership,
    process: processHeard(draft, event.peer, event.instance),
    ...(watched ? { lastSeen: draft.ms, forgivenMs: 0 } : {})
  })
}

export function onConnected(draft: Draft, peer: PeerId): void {
  draft.set({ connected: new Set(draft.state.connected).add(peer) })
  seen(draft, peer)
}

/** A closed connection is no loss: the times stay. */
export function onDisconnected(draft: Draft, peer: PeerId): void {
  const connected = new Set(draft.state.connected)
  connected.delete(peer)
  draft.set({ connected })
}

/** Time in which this machine could not listen is nobody's silence; at most 15 s of it per silence. */
export function forgive(draft: Draft, ms: number): void {
  if (!draft.state.settings.localHealthGuard) return
  const contacts = new Map(draft.state.contacts)
  for (const [peer, contact] of contacts) {
    if (contact.lastSeen === undefined) continue
    const forgiven = Math.max(0, Math.min(ms, verdictPostponedMaxMs - contact.forgivenMs, draft.ms - contact.lastSeen))
    contacts.set(peer, { ...contact, lastSeen: contact.lastSeen + forgiven, forgivenMs: contact.forgivenMs + forgiven })
  }
  draft.set({ contacts })
}

/** After a suspend nobody was silent: nobody could be heard. */
export function allSeenNow(draft: Draft): void {
  const contacts = new Map<PeerId, Contact>()
  for (const [peer, contact] of draft.state.contacts) {
    contacts.set(peer, contact.lastSeen === undefined ? contact : { ...contact, lastSeen: draft.ms, forgivenMs: 0 })
  }
  draft.set({ contacts, verdict: undefined })
}

const silent = (draft: Draft, peer: PeerId): boolean => {
  const lastSeen = draft.state.contacts.get(peer)?.lastSeen
  return lastSeen !== undefined && draft.ms - lastSeen > draft.state.settings.peerLossTimeoutMs
}

/** Look for silent peers; the verdict waits until the event loop has turned once, so that what is buffered is read first. */
export function scan(draft: Draft): void {
  draft.set({ scanAt: draft.ms + scanMs })
  const suspects = watchlist(draft.state).filter((peer) => silent(draft, peer))
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
  const lost = verdict.suspects.filter((peer) => silent(draft, peer))
  for (const peer of lost) updateContact(draft, peer, { lastSeen: draft.ms, forgivenMs: 0 })
  return lost
}
