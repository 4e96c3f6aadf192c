/**
 * A Manager among its members and before the row: how they are told of a change, and what the watch tells it.
 * The answers to its liveness tick are in `tick.ts`; whom it evicts is decided in `suspects.ts`.
 */
import { reconcileWatch } from './contacts.ts'
import { lists } from './document.ts'
import type { Draft } from './draft.ts'
import type { Event, PeerId, Row, WatchChange } from './events.ts'
import { changeMembers, pushSoon } from './gossip.ts'
import { aimHeartbeats, allowMembers } from './membership.ts'
import { stepDown } from './promotion.ts'
import { accepted } from './receive.ts'
import { placeOf } from './revision.ts'
import type { Managing } from './role.ts'
import { noteEvent } from './rows.ts'
import { contestLease } from './tick.ts'
import { tickAtOnce } from './tick-questions.ts'

/** Out of the document, one version later; {@link spreadMembers} has to follow. `true`: one of them was a member. */
export function dropFromDocument(draft: Draft, gone: readonly PeerId[]): boolean {
  const peers = draft.state.document.peers.filter((member) => !gone.includes(member.peerId))
  if (peers.length === draft.state.document.peers.length) return false
  changeMembers(draft, peers)
  return true
}

/** To the allow-list and the targets, and told to the others. */
export function spreadMembers(draft: Draft): void {
  allowMembers(draft)
  tellMembers(draft)
}

/** Once the allow-list is set: heartbeats go to all of them, their silence counts, and they are told. */
export function tellMembers(draft: Draft): void {
  aimHeartbeats(draft)
  reconcileWatch(draft)
  pushSoon(draft)
}

/** The watch shows a row; it may be late, so what it shows only counts above the revision we hold. */
export function onManagerWatch(draft: Draft<Managing>, change: WatchChange, row: Row | undefined): void {
  const { role } = draft
  if (row === undefined || change === 'swept' || change === 'deleted') {
    if (row === undefined || placeOf(row.revision) >= placeOf(role.revision)) tickAtOnce(draft)
    return
  }
  if (row.revision === undefined || row.revision <= placeOf(role.revision)) return
  if (row.manager !== draft.me) {
    noteEvent(draft, row, false)
    stepDown(draft, row)
  } else {
    // Ours, or one that an earlier or second process of ours made: the next answer tells.
    if (row.instance === '' || row.instance === draft.state.self.instance) draft.manage({ revision: row.revision })
    tickAtOnce(draft)
  }
}

/** Another author claims a higher reign: Discovery knows. */
export function onForeignDocument(draft: Draft<Managing>, event: Extract<Event, { type: 'document-received' }>): void {
  const document = accepted(draft, event)
  if (document === undefined) return
  const theirs = document.order?.epoch
  const mine = draft.state.document.order?.epoch
  if (theirs !== undefined && mine !== undefined) {
    if (theirs <= mine) return
    if (lists(draft.state.document, event.author)) contestLease(draft)
  }
  if (draft.urged('liveness')) tickAtOnce(draft)
}
