/**
 * Our own addresses change while we are in a cluster: a robot roams, an interface goes, a relay gives us a place.
 *
 *   Manager    row and document together: the row is rotated to ourselves in place of a liveness check, and the new reign's document has our new line;
 *              again, at measured intervals, until an answer shows what we wrote
 *   follower   asks the Manager anew (`anew.ts`), which puts the addresses of a JoinRequest into the document
 *
 * What counts is what answers show, not that an event came: whoever else writes other addresses beside our name is undone in the same way.
 */
import { type ClusterDocument, memberOf } from './document.ts'
import type { Draft } from './draft.ts'
import type { Event, Row } from './events.ts'
import { changeMembers, pushSoon } from './gossip.ts'
import { hurry } from './haste.ts'
import { dialMembers } from './membership.ts'
import type { Ask, Managing } from './role.ts'
import { moveRotateMs } from './settings.ts'

export type AddressesSet = Extract<Event, { type: 'addresses-set' }>

/** What a write of ours said, and what the row showed then: a service may spell addresses in its own way, or keep no instances. */
export interface Written {
  readonly said: readonly string[]
  readonly shown: readonly string[]
  readonly instance: string
}

export const sameAddresses = (a: readonly string[], b: readonly string[]): boolean =>
  a.length === b.length && a.every((address, at) => address === b[at])

/** `true`: others than so far. */
export function setAddresses(draft: Draft, { multiaddrs }: AddressesSet): boolean {
  const { self } = draft.state
  if (sameAddresses(self.multiaddrs, multiaddrs)) return false
  draft.set({ self: { ...self, multiaddrs } })
  return true
}

/** The next liveness check finds that the row does not show them. Meanwhile our connections may be dead although none was closed. */
export function onManagerMoved(draft: Draft<Managing>, event: AddressesSet): void {
  if (setAddresses(draft, event)) hurry(draft)
}

/** A write of ours was committed. */
export const written = ({ said }: Ask, row: Row): Written => ({ said, shown: row.multiaddrs, instance: row.instance })

/** Does the row show our addresses and our instance? */
export function showsUs({ state, role }: Draft<Managing>, row: Row): boolean {
  const { multiaddrs, instance } = state.self
  if (row.instance !== instance && row.instance !== role.written?.instance) return false
  const isSaid = role.written !== undefined && sameAddresses(role.written.said, multiaddrs)
  return sameAddresses(row.multiaddrs, isSaid ? role.written.shown : multiaddrs)
}

/** Is it time to write ourselves into the row, in place of the liveness check? */
export function isMoveDue(draft: Draft<Managing>): boolean {
  const row = draft.state.newest?.row
  return row?.manager === draft.me && !showsUs(draft, row) && draft.ms - draft.state.claimedAt >= moveRotateMs
}

/** The document with the addresses of now in our own line. */
export function withOwnAddresses(draft: Draft, document: ClusterDocument): ClusterDocument {
  const { multiaddrs } = draft.state.self
  const own = memberOf(document, draft.me)
  if (own === undefined || sameAddresses(own.multiaddrs, multiaddrs)) return document
  return { ...document, peers: document.peers.map((member) => (member === own ? { ...member, multiaddrs } : member)) }
}

/** A row without revisions shows our new addresses and begins no reign: the document follows it. */
export function followRow(draft: Draft<Managing>, row: Row): void {
  const { document } = draft.state
  const moved = withOwnAddresses(draft, document)
  if (moved === document || !showsUs(draft, row)) return
  changeMembers(draft, moved.peers)
  dialMembers(draft)
  pushSoon(draft)
}
