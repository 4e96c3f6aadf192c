/**
 * Members that say goodbye (`/auki/leave/0.0.1`): out of the document at once, off the allow-list only when they know it,
 * or the disconnect would overtake the acknowledgement.
 */

import type { Draft } from './draft.ts'
import type { PeerId } from './events.ts'
import { mayCommit } from './lease.ts'
import { dropFromDocument, spreadMembers } from './manager.ts'
import { departureMs } from './settings.ts'

export function onLeaveRequested(draft: Draft, ticket: number, peer: PeerId): void {
  const acknowledged = mayCommit(draft.state, draft.now)
  if (acknowledged && dropFromDocument(draft, [peer]))
    draft.set({ departing: [...draft.state.departing, { peer, until: draft.ms + departureMs }] })
  draft.emit({ type: 'answer-leave', ticket, acknowledged })
}

export function onLeaveAcknowledged(draft: Draft, peer: PeerId): void {
  depart(draft, (leaver) => leaver.peer === peer)
}

export function wakeDepartures(draft: Draft): void {
  depart(draft, (leaver) => draft.ms >= leaver.until)
}

function depart(draft: Draft, gone: (leaver: { readonly peer: PeerId; readonly until: number }) => boolean): void {
  if (!draft.state.departing.some(gone)) return
  draft.set({ departing: draft.state.departing.filter((leaver) => !gone(leaver)) })
  if (draft.managing() !== undefined) spreadMembers(draft)
}
