/**
 * The Manager before us.
 *
 * That its row is gone says nothing about its process: it may only have lost Discovery, or us. So it stays a member, marked `indirect` until it is heard, and
 * its silence counts from its last heartbeat. Until it is heard in this reign it does not count, neither way, where a Manager asks itself whether it is cut
 * off: its loss is why we reign.
 */
import { contactOf } from './contact-book.ts'
import { updateContact } from './contacts.ts'
import { type ClusterDocument, memberOf, withoutMember } from './document.ts'
import type { Draft } from './draft.ts'
import type { PeerId } from './events.ts'
import type { Following, Managing } from './role.ts'
import { searchOf } from './stance.ts'

/** Whom a create, or the claim of a row that we created unknowingly, comes after; nobody where the role was handed over. */
export function formerManager(draft: Draft<Following>, what: 'create' | 'claim'): PeerId | undefined {
  const { newest, self } = draft.state
  if (what === 'claim' && newest?.row?.instance !== self.instance) return undefined
  const { former } = searchOf(draft.role.stance)
  return former === draft.me ? undefined : former
}

/** The document that a reign begins with. A process that is gone, and has not come back, is no member any more. */
export function withFormer(draft: Draft, document: ClusterDocument, former: PeerId | undefined): ClusterDocument {
  const member = former === undefined ? undefined : memberOf(document, former)
  if (member === undefined) return document
  if (contactOf(draft.state.contacts, member.peerId)?.gone === true) return withoutMember(document, member.peerId)
  return { ...document, peers: document.peers.map((other) => (other === member ? { ...member, indirect: true } : other)) }
}

/** Its silence began with its last heartbeat, not with this reign. */
export function watchFormer(draft: Draft, former: PeerId | undefined): void {
  const contact = former === undefined ? undefined : contactOf(draft.state.contacts, former)
  if (contact?.lastSeen !== undefined) updateContact(draft, contact.peer, { lastSeen: contact.heardAt ?? draft.ms })
}

/** Not heard in this reign yet. */
export const isFormer = (draft: Draft<Managing>, peer: PeerId): boolean => draft.role.former === peer

export function noteHeardInThisReign(draft: Draft<Managing>, peer: PeerId): void {
  if (isFormer(draft, peer)) draft.manage({ former: undefined })
}
