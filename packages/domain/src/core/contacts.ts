/**
 * Who is heard, who is watched, who is lost.
 *
 * Silence, not a closed connection, is loss; and silence counts only while this machine could have listened.
 */
import { lists } from './document.ts'
import type { Event, PeerId } from './events.ts'
import { processHeard } from './instances.ts'
import { slotOf } from './lease.ts'
import { heardMs, scanMs, verdictPostponedMaxMs } from './settings.ts'
import type { Contact, State } from './state.ts'
import type { Turn } from './turn.ts'

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
export function heard(turn: Turn, peer: PeerId): boolean {
  const heardAt = turn.state.contacts.get(peer)?.heardAt
  return heardAt !== undefined && turn.ms - heardAt <= heardMs
}

/** Whose silence we mind: as Manager all members, else the Manager slot, even if it is not in the document. */
export function watchlist(state: State): readonly PeerId[] {
  const slot = slotOf(state)
  if (slot !== state.self.peerId) return slot === undefined ? [] : [slot]
  return state.document.peers.map((member) => member.peerId).filter((peer) => peer !== slot)
}

export function updateContact(turn: Turn, peer: PeerId, patch: Partial<Contact>): void {
  const contacts = new Map(turn.state.contacts)
  contacts.set(peer, { ...(contacts.get(peer) ?? stranger), ...patch })
  turn.set({ contacts })
}

/** After every change of slot or document: newly watched peers start with "seen now", others lose their times. */
export function reconcileWatch(turn: Turn, options: { afresh: boolean } = { afresh: false }): void {
  const watched = new Set(watchlist(turn.state))
  const contacts = new Map<PeerId, Contact>()
  const begun = { lastSeen: turn.ms, forgivenMs: 0, process: undefined }
  for (const [peer, contact] of turn.state.contacts) {
    if (watched.has(peer)) {
      contacts.set(peer, options.afresh || contact.lastSeen === undefined ? { ...contact, ...begun } : contact)
    } else if (lists(turn.state.document, peer) || turn.state.connected.has(peer)) {
      contacts.set(peer, { ...contact, lastSeen: undefined, repeatAt: undefined, process: undefined })
    }
  }
  for (const peer of watched) if (!contacts.has(peer)) contacts.set(peer, { ...stranger, ...begun })
  turn.set({ contacts })
}

/** A sign of life of a watched peer. */
export function seen(turn: Turn, peer: PeerId): void {
  if (turn.state.contacts.get(peer)?.lastSeen !== undefined) updateContact(turn, peer, { lastSeen: turn.ms, forgivenMs: 0 })
}

export function onHeartbeat(turn: Turn, event: Extract<Event, { type: 'heartbeat-received' }>): void {
  const watched = turn.state.contacts.get(event.peer)?.lastSeen !== undefined
  updateContact(turn, event.peer, {
    heardAt: turn.ms,
    heardAs: event.instance ?? '',
    shows: event.membership,
    process: processHeard(turn, event.peer, event.instance),
    ...(watched ? { lastSeen: turn.ms, forgivenMs: 0 } : {})
  })
}

export function onConnected(turn: Turn, peer: PeerId): void {
  turn.set({ connected: new Set(turn.state.connected).add(peer) })
  seen(turn, peer)
}

/** A closed connection is no loss: the times stay. */
export function onDisconnected(turn: Turn, peer: PeerId): void {
  const connected = new Set(turn.state.connected)
  connected.delete(peer)
  turn.set({ connected })
}

/** Time in which this machine could not listen is nobody's silence; at most 15 s of it per silence. */
export function forgive(turn: Turn, ms: number): void {
  if (!turn.state.settings.localHealthGuard) return
  const contacts = new Map(turn.state.contacts)
  for (const [peer, contact] of contacts) {
    if (contact.lastSeen === undefined) continue
    const forgiven = Math.max(0, Math.min(ms, verdictPostponedMaxMs - contact.forgivenMs, turn.ms - contact.lastSeen))
    contacts.set(peer, { ...contact, lastSeen: contact.lastSeen + forgiven, forgivenMs: contact.forgivenMs + forgiven })
  }
  turn.set({ contacts })
}

/** After a suspend nobody was silent: nobody could be heard. */
export function allSeenNow(turn: Turn): void {
  const contacts = new Map<PeerId, Contact>()
  for (const [peer, contact] of turn.state.contacts) {
    contacts.set(peer, contact.lastSeen === undefined ? contact : { ...contact, lastSeen: turn.ms, forgivenMs: 0 })
  }
  turn.set({ contacts, verdict: undefined })
}

const silent = (turn: Turn, peer: PeerId): boolean => {
  const lastSeen = turn.state.contacts.get(peer)?.lastSeen
  return lastSeen !== undefined && turn.ms - lastSeen > turn.state.settings.peerLossTimeoutMs
}

/** Look for silent peers; the verdict waits until the event loop has turned once, so that what is buffered is read first. */
export function scan(turn: Turn): void {
  turn.set({ scanAt: turn.ms + scanMs })
  const suspects = watchlist(turn.state).filter((peer) => silent(turn, peer))
  if (suspects.length === 0) return
  const no = turn.number()
  turn.set({ verdict: { no, suspects } })
  turn.emit({ type: 'turn-loop', no })
}

/** The suspects that are still silent. Judging ends their case: the next one starts from now. */
export function judge(turn: Turn, no: number): readonly PeerId[] {
  const verdict = turn.state.verdict
  if (verdict?.no !== no) return []
  turn.set({ verdict: undefined })
  const lost = verdict.suspects.filter((peer) => silent(turn, peer))
  for (const peer of lost) updateContact(turn, peer, { lastSeen: turn.ms, forgivenMs: 0 })
  return lost
}
