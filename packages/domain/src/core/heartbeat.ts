/** A heartbeat of a peer (`/auki/heartbeat/0.0.1`): that it lives, which process it is, and which document it holds. */
import { contactOf, withContact } from './contact-book.ts'
import { stranger } from './contacts.ts'
import type { Draft } from './draft.ts'
import type { Event } from './events.ts'
import { processHeard } from './instances.ts'
import type { Contact } from './state.ts'

export function onHeartbeat(draft: Draft, event: Extract<Event, { type: 'heartbeat-received' }>): void {
  const { contacts } = draft.state
  const known = contactOf(contacts, event.peer) ?? stranger(event.peer)
  const heard: Contact = {
    ...known,
    heardAt: draft.ms,
    heardAs: event.instance ?? '',
    shows: event.membership,
    process: processHeard(draft, known, event.instance)
  }
  draft.set({ contacts: withContact(contacts, known.lastSeen === undefined ? heard : { ...heard, lastSeen: draft.ms, forgivenMs: 0 }) })
}
